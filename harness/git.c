/* git.c: questions to a git repository, by git(1); see git.h. */
#include "git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
git_begin(const char *option, const char *instead, struct error *err)
{
	static const char *const names[] = { "GIT_DIR", "GIT_WORK_TREE",
	    "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
	    "GIT_PREFIX" };
	char *git = host_program_find("git");

	if (git == NULL)
		return error_set(err, ERROR_INPUT, "%s needs git, which was "
		    "not found; install it%s", option, instead);
	check_free(git);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
	return 0;
}

int
git_run(const char *const argv[], struct bytes *output, int *status,
    struct error *err)
{
	struct host_job job = { .argv = argv };
	int ret = host_spawn_jobs(&job, 1, 1, err);

	*status = job.status;
	if (ret == 0 && job.output_cut)
		ret = error_set(err, ERROR_LIMIT, "git %s says more than %u "
		    "bytes", argv[3], HOST_OUTPUT_MAX);
	bytes_add(output, job.output.data, job.output.len);
	bytes_free(&job.output);
	bytes_add(output, "", 1);
	output->len--;
	return ret;
}

void
git_first_line(const struct bytes *output, char *text, size_t size)
{
	const char *p = output->len > 0 ? (const char *)output->data : "";
	size_t n = 0;

	while (n < output->len && p[n] != '\n')
		n++;
	snprintf(text, size, "%.*s", (int)n, p);
}

int
git_commit_find(const char *repo, const char *option, const char *rev,
    char hash[GIT_HASH_MAX + 1], struct error *err)
{
	struct bytes name = {0}, output = {0};
	const char *is_one[] = { "git", "-C", repo, "rev-parse", "--git-dir",
	    NULL };
	const char *find[] = { "git", "-C", repo, "rev-parse", "--verify",
	    "--quiet", NULL, NULL };
	char said[256];
	int status, ret;

	bytes_printf(&name, "%s^{commit}", rev);
	find[6] = (const char *)name.data;
	ret = git_run(is_one, &output, &status, err);
	git_first_line(&output, said, sizeof said);
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_INPUT, "%s is no git repository; "
		    "git says: %s", repo, said);
	bytes_clear(&output);
	if (ret == 0)
		ret = rev[0] == '-' ? 0 : git_run(find, &output, &status, err);
	if (ret == 0 && (rev[0] == '-' || status != 0))
		ret = error_set(err, ERROR_INPUT, "the repository %s has no "
		    "revision %s; %s wants a commit, a tag or a branch",
		    repo, rev, option);
	git_first_line(&output, said, sizeof said);
	if (ret == 0 && (strlen(said) > GIT_HASH_MAX ||
	    said[strspn(said, "0123456789abcdef")] != '\0'))
		ret = error_set(err, ERROR_SYSTEM, "git rev-parse answers "
		    "\"%.80s\", which is no commit", said);
	if (ret == 0)
		snprintf(hash, GIT_HASH_MAX + 1, "%.*s", GIT_HASH_MAX, said);
	bytes_free(&output);
	bytes_free(&name);
	return ret;
}
