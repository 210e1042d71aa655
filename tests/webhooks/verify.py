"""Reads a message from standard input and says what the package of the specification's authors makes of it."""

import json
import sys

from standardwebhooks.webhooks import Webhook

message = json.load(sys.stdin)
try:
    Webhook(message["secret"]).verify(message["body"], message["headers"])
    print("good")
except Exception as problem:
    print(type(problem).__name__, problem)
