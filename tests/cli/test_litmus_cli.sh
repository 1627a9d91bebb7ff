#!/bin/sh
# test_litmus_cli.sh: viotape litmus: one test or several, its model, what is
# printed where, and that nothing is printed if one file is bad.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking litmus
tests=$VIOTAPE_SOURCE/tests/litmus

run 0 litmus "$tests/aarch64/MP+po+po.litmus"
cat >wanted <<'END'
Test MP+po+po Allowed
States 4
1:X0=0; 1:X2=0;
1:X0=0; 1:X2=1;
1:X0=1; 1:X2=0;
1:X0=1; 1:X2=1;
Ok
Witnesses
Positive: 1 Negative: 3
Condition exists (1:X0=1 /\ 1:X2=0)
Observation MP+po+po Sometimes 1 3

END
cmp out wanted || fail 'herd prints otherwise'
[ -s err ] && fail 'something is on the standard error'

run 0 litmus -m sc "$tests/aarch64/MP+po+po.litmus" \
    "$tests/x86_64/SB+po+po.litmus"
has out '^Observation MP+po+po Never 0 3$'
has out '^Observation SB+po+po Never 0 3$'
run 0 litmus --model=tso "$tests/x86_64/SB+po+po.litmus"
has out '^Observation SB+po+po Sometimes 1 3$'

run 2 litmus
has err 'usage: viotape litmus'
run 2 litmus -m tso "$tests/aarch64/MP+po+po.litmus"
has err 'the model tso is not one of AArch64'
run 2 litmus -m power "$tests/aarch64/MP+po+po.litmus"
has err 'there is no model power'
run 2 litmus missing.litmus
has err 'missing.litmus'
printf 'AArch64 T\n{ }\n P0 ;\n LDR X0,[X1] ;\n HLT #1 ;\nexists (0:X0=1)\n' >bad
run 2 litmus "$tests/aarch64/MP+po+po.litmus" bad
has err '^viotape: bad:5: the instruction "HLT #1" is not understood'
[ -s out ] && fail 'printed something though a file was bad'
exit $failed
