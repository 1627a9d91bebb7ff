/*
 * kern_printf.c: printf(9), panic(9), log(9).
 *
 * Conversions: d i u o x X c s p b %, with flags - + space # 0, width,
 * precision, * for both, sizes hh h l ll j t z.  No floating point.  %b takes
 * a number and a string: its first byte is the base, 8, 10 or 16, then come
 * names, each behind a byte that is the number of its bit, from 1:
 *
 *	printf("%b", 3, "\20\1ONE\2TWO\3THREE")	 gives  3<ONE,TWO>
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/stdarg.h>
#include <sys/syslog.h>

#include "kern_var.h"

#define PRINT_DIGITS_MAX	22	/* of 64 bits in octal */
#define PRINT_CHUNK		128	/* bytes told to the host at once */
#define PRINT_PANIC_SIZE	512
#define PRINT_RULE_SIZE		256

/* Where characters go: into buf, or to the host when it is full. */
struct print_sink {
	char	*ps_buf;
	size_t	 ps_size;	/* of buf */
	size_t	 ps_used;	/* in buf */
	size_t	 ps_total;	/* of all characters so far */
	int	 ps_host;	/* buf is told to the host, then empty */
};

/* One conversion. */
struct print_spec {
	int	sp_left, sp_sign, sp_space, sp_alt, sp_zero;
	int	sp_width;
	int	sp_precision;	/* -1: none given */
	char	sp_length;	/* h, H for hh, l, L for ll, j, t, z or 0 */
};

static void
print_flush(struct print_sink *ps)
{
	if (ps->ps_host && ps->ps_used > 0) {
		hc->print(ps->ps_buf, ps->ps_used);
		ps->ps_used = 0;
	}
}

static void
print_char(struct print_sink *ps, char c)
{
	ps->ps_total++;
	if (ps->ps_used < ps->ps_size)
		ps->ps_buf[ps->ps_used++] = c;
	if (ps->ps_used == ps->ps_size || c == '\n')
		print_flush(ps);
}

static void
print_repeat(struct print_sink *ps, char c, int n)
{
	for (; n > 0; n--)
		print_char(ps, c);
}

static void
print_bytes(struct print_sink *ps, const char *s, size_t n)
{
	for (; n > 0; n--)
		print_char(ps, *s++);
}

/* Writes the digits of v in front of end; returns how many. */
static int
print_digits(char *end, uint64_t v, unsigned int base, const char *digits)
{
	int n = 0;

	for (; v != 0; v /= base)
		end[-++n] = digits[v % base];
	return n;
}

/* A text with a field's width. */
static void
print_field(struct print_sink *ps, const struct print_spec *sp, const char *s,
    size_t n)
{
	int pad = sp->sp_width > (int)n ? sp->sp_width - (int)n : 0;

	if (!sp->sp_left)
		print_repeat(ps, ' ', pad);
	print_bytes(ps, s, n);
	if (sp->sp_left)
		print_repeat(ps, ' ', pad);
}

/* A number: prefix (sign, 0x), zeros up to the precision, digits. */
static void
print_number(struct print_sink *ps, const struct print_spec *sp, uint64_t v,
    unsigned int base, int upper, const char *prefix)
{
	char buf[PRINT_DIGITS_MAX];
	int ndigits, nprefix = strlen(prefix), zeros, pad;

	ndigits = print_digits(buf + sizeof(buf), v, base,
	    upper ? "0123456789ABCDEF" : "0123456789abcdef");
	zeros = (sp->sp_precision < 0 ? 1 : sp->sp_precision) - ndigits;
	if (base == 8 && sp->sp_alt && zeros < 1)
		zeros = 1;
	if (zeros < 0)
		zeros = 0;
	pad = sp->sp_width - nprefix - zeros - ndigits;
	if (pad > 0 && sp->sp_zero && !sp->sp_left && sp->sp_precision < 0) {
		zeros += pad;
		pad = 0;
	}
	if (!sp->sp_left)
		print_repeat(ps, ' ', pad);
	print_bytes(ps, prefix, nprefix);
	print_repeat(ps, '0', zeros);
	print_bytes(ps, buf + sizeof(buf) - ndigits, ndigits);
	if (sp->sp_left)
		print_repeat(ps, ' ', pad);
}

static void
print_bits(struct print_sink *ps, const struct print_spec *sp, uint64_t v,
    const char *names)
{
	unsigned int base = (unsigned char)*names++;
	int bit, first = 1;

	if (base != 8 && base != 10 && base != 16)
		panic("printf: %%b with base %u", base);
	print_number(ps, sp, v, base, 0, "");
	if (v == 0)
		return;
	while ((bit = (unsigned char)*names) != '\0') {
		names++;
		if (bit <= 64 && (v >> (bit - 1) & 1) != 0) {
			print_char(ps, first ? '<' : ',');
			first = 0;
			for (; (unsigned char)*names > ' '; names++)
				print_char(ps, *names);
		} else {
			for (; (unsigned char)*names > ' '; names++)
				continue;
		}
	}
	if (!first)
		print_char(ps, '>');
}

/* The arguments, in a structure, so that it can be handed on by address. */
struct print_args {
	va_list	pa_ap;
};

static int64_t
print_signed(struct print_args *pa, char length)
{
	switch (length) {
	case 'H':
		return (signed char)va_arg(pa->pa_ap, int);
	case 'h':
		return (short)va_arg(pa->pa_ap, int);
	case 'l':
	case 't':
	case 'z':
		return va_arg(pa->pa_ap, long);
	case 'L':
	case 'j':
		return va_arg(pa->pa_ap, long long);
	default:
		return va_arg(pa->pa_ap, int);
	}
}

static uint64_t
print_unsigned(struct print_args *pa, char length)
{
	switch (length) {
	case 'H':
		return (unsigned char)va_arg(pa->pa_ap, unsigned int);
	case 'h':
		return (unsigned short)va_arg(pa->pa_ap, unsigned int);
	case 'l':
	case 't':
	case 'z':
		return va_arg(pa->pa_ap, unsigned long);
	case 'L':
	case 'j':
		return va_arg(pa->pa_ap, unsigned long long);
	default:
		return va_arg(pa->pa_ap, unsigned int);
	}
}

static const char *
print_parse_flags(struct print_spec *sp, const char *f)
{
	for (;; f++) {
		if (*f == '-')
			sp->sp_left = 1;
		else if (*f == '+')
			sp->sp_sign = 1;
		else if (*f == ' ')
			sp->sp_space = 1;
		else if (*f == '#')
			sp->sp_alt = 1;
		else if (*f == '0')
			sp->sp_zero = 1;
		else
			return f;
	}
}

/* A number or an asterisk. */
static const char *
print_parse_int(const char *f, struct print_args *pa, int *v)
{
	if (*f == '*') {
		*v = va_arg(pa->pa_ap, int);
		return f + 1;
	}
	for (*v = 0; *f >= '0' && *f <= '9'; f++)
		*v = *v * 10 + (*f - '0');
	return f;
}

/* All between the % and the conversion; returns where that is. */
static const char *
print_parse(struct print_spec *sp, const char *f, struct print_args *pa)
{
	(void)memset(sp, 0, sizeof(*sp));
	sp->sp_precision = -1;
	f = print_parse_flags(sp, f);
	f = print_parse_int(f, pa, &sp->sp_width);
	if (sp->sp_width < 0) {
		sp->sp_left = 1;
		sp->sp_width = -sp->sp_width;
	}
	if (*f == '.')
		f = print_parse_int(f + 1, pa, &sp->sp_precision);
	if (*f != 'h' && *f != 'l' && *f != 'j' && *f != 't' && *f != 'z')
		return f;
	sp->sp_length = *f++;
	if (*f == sp->sp_length && (*f == 'h' || *f == 'l'))
		sp->sp_length = *f++ == 'h' ? 'H' : 'L';
	return f;
}

static void
print_decimal(struct print_sink *ps, struct print_spec *sp, int64_t v)
{
	const char *prefix = v < 0 ? "-" : sp->sp_sign ? "+" :
	    sp->sp_space ? " " : "";

	print_number(ps, sp, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, 0,
	    prefix);
}

static void
print_string(struct print_sink *ps, struct print_spec *sp, const char *s)
{
	if (s == NULL)
		s = "(null)";
	print_field(ps, sp, s, sp->sp_precision < 0 ? strlen(s) :
	    strnlen(s, sp->sp_precision));
}

/* One conversion; returns 0 if there is none of this name. */
static int
print_convert(struct print_sink *ps, struct print_spec *sp, char conversion,
    struct print_args *pa)
{
	uint64_t v;
	char c;

	switch (conversion) {
	case 'd':
	case 'i':
		print_decimal(ps, sp, print_signed(pa, sp->sp_length));
		return 1;
	case 'u':
		print_number(ps, sp, print_unsigned(pa, sp->sp_length), 10, 0,
		    "");
		return 1;
	case 'o':
		print_number(ps, sp, print_unsigned(pa, sp->sp_length), 8, 0,
		    "");
		return 1;
	case 'x':
	case 'X':
		v = print_unsigned(pa, sp->sp_length);
		print_number(ps, sp, v, 16, conversion == 'X',
		    !sp->sp_alt || v == 0 ? "" : conversion == 'X' ? "0X" :
		    "0x");
		return 1;
	case 'p':
		print_number(ps, sp, (uintptr_t)va_arg(pa->pa_ap, void *), 16,
		    0, "0x");
		return 1;
	case 'b':
		v = print_unsigned(pa, sp->sp_length);
		print_bits(ps, sp, v, va_arg(pa->pa_ap, const char *));
		return 1;
	case 'c':
		c = va_arg(pa->pa_ap, int);
		print_field(ps, sp, &c, 1);
		return 1;
	case 's':
		print_string(ps, sp, va_arg(pa->pa_ap, const char *));
		return 1;
	case '%':
		print_char(ps, '%');
		return 1;
	default:
		return 0;
	}
}

static void
print_format(struct print_sink *ps, const char *f, va_list ap)
{
	struct print_args pa;
	struct print_spec sp;

	va_copy(pa.pa_ap, ap);
	for (; *f != '\0'; f++) {
		if (*f != '%') {
			print_char(ps, *f);
			continue;
		}
		f = print_parse(&sp, f + 1, &pa);
		if (!print_convert(ps, &sp, *f, &pa))
			KERN_UNMODELLED("printf with another conversion");
	}
	va_end(pa.pa_ap);
}

/* --- what drivers call --- */

int
vprintf(const char *fmt, va_list ap)
{
	char chunk[PRINT_CHUNK];
	struct print_sink ps = { chunk, sizeof(chunk), 0, 0, 1 };

	print_format(&ps, fmt, ap);
	print_flush(&ps);
	return ps.ps_total;
}

int
printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return n;
}

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct print_sink ps = { buf, size > 0 ? size - 1 : 0, 0, 0, 0 };

	print_format(&ps, fmt, ap);
	if (size > 0)
		buf[ps.ps_used] = '\0';
	return ps.ps_total;
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void
log(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
}

int
addlog(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return n;
}

void
panic(const char *fmt, ...)
{
	static char text[PRINT_PANIC_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	panicstr = text;
	printf("panic: %s\n", text);
	hc->panic(text);
}

void
__assert(const char *kind, const char *file, int line, const char *e)
{
	panic("kernel %sassertion \"%s\" failed: file \"%s\", line %d", kind,
	    e, file, line);
}

void
kern_rule_broken(const char *rule, const char *fmt, ...)
{
	char text[PRINT_RULE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hc->rule_broken(rule, text);
}
