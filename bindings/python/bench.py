"""Decoding and a verdict, against what PubNub's own SDK takes to show a token's contents.

    pip install . pubnub && python bench.py [times it must be faster]
"""

import sys
import timeit
from pathlib import Path

from pubnub.pubnub import PubNub
from pubnub.pnconfiguration import PNConfiguration

from pubnub_access import Token

TEXT = (Path(__file__).parents[2] / "testdata/sample.token").read_text().strip()
config = PNConfiguration()
config.subscribe_key, config.uuid = "demo", "alice"
pubnub = PubNub(config)


def ours():
    Token(TEXT).check("publish", channels=["room-1"], user_id="alice", at=1_700_000_060)


def theirs():
    pubnub.parse_token(TEXT)


assert pubnub.parse_token(TEXT)["authorized_uuid"] == "alice"
# The fastest of several rounds, in turn, so that other load affects both alike.
rounds = [(timeit.timeit(ours, number=2000), timeit.timeit(theirs, number=500) * 4)
          for _ in range(7)]
best = [min(column) / 2000 * 1e6 for column in zip(*rounds)]
print(f"decode and check: {best[0]:.2f} us; parse_token: {best[1]:.2f} us; "
      f"{best[1] / best[0]:.1f} times as fast")
if len(sys.argv) > 1 and best[1] / best[0] < float(sys.argv[1]):
    sys.exit("too slow")
