"""What Schemathesis cannot know of Bugle by its document."""

import ast
import functools
import itertools
import json
import re
import threading

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

# Refusals of what is right in itself, and wrong only beside what the server has, or beside another field or the
# address, which no schema can say. Whatever else is 422 must be against the schema.
DEPENDS_ON_MORE = re.compile(
    "|".join(
        [
            # Names that are taken, by the run itself.
            r"has already been taken",
            r"is a member already",
            # A sign-in is begun once (protocol 7).
            r"^request_id has already been used",
            # What a key must be goes by its algorithm, and no pattern says what can be a key.
            r"^(public_key|secret) ",
            r"^name would be one key too many",
            r"^kid must be ",
            # What something is named by that is not there.
            r"is not a release of the project",
            r"^projects must be ids of projects that you reach",
            r"is not a member of the project",
            r"must be an organization that you are an owner of",
            r"belongs to nobody with an account here",
            r"is not a tag of the project",
            r"has a tag that is not one of the project",
            r"duplicate_of_id is (none of the project's|this one)",
            # What must stay as it is for now.
            r"is that of the last owner",
            r"still has projects",
            r"is there through the organization",
            # A tag below itself.
            r"parent_tag_id ",
            # Fields that the run has declared, and what they ask of values.
            r"^custom_fields\.",
            # The options of a field go by its type.
            r"^options must be there for select and multi_select, and for no other type",
            # A list of blanks names none. What is off, or has enough to do, is sent nothing.
            r"^events must name at least one event",
            r"would be one webhook too many",
            r"^active is (false|true)",
            # The run does not know the password.
            r"^current_password (is wrong|can't be blank)",
            # One of two parameters must be there.
            r"^query can't be blank",
            # One field must be less than the other.
            r"must be 0 or more, and less than merge_total",
            # Clips of which pieces are missing, and how many pieces one was said to have, by what was sent before.
            r"^video_segment\[merge_group\] is one too many",
            # What is in a file, and in which field it comes, goes by the kind in the address.
            r"is not a file of that kind",
            r"^(screenshot|video_clip|log_file|binary_file|image|video_segment)\[\w+\] can't be blank",
            r"^blob_signed_id is not valid here",
        ]
    )
)

# Forms as no client writes them: fields with names that have to be escaped, and more files than one.
UNREADABLE_FORM = re.compile(r"^(The form cannot be read|Send one file in a request)")

# One thread at a time makes syntax trees. CPython before 3.13 counts how deep it is in one number for all threads
# (python/cpython#106905), and Hypothesis runs Python code whenever garbage is collected, at which another thread may
# take over: with two of them in `ast.parse`, as Hypothesis calls it for lambdas, either may fail with "AST constructor
# recursion depth mismatch".
one_at_a_time = threading.Lock()
parse = ast.parse


@functools.wraps(parse)
def parse_alone(*arguments, **named):
    with one_at_a_time:
        return parse(*arguments, **named)


ast.parse = parse_alone

# Tells the requests of a run apart.
numbers = itertools.count()


@schemathesis.serializer("application/x-ndjson")
def as_lines(context, value):
    items = value if isinstance(value, list) else [value]
    return "".join(json.dumps(item) + "\n" for item in items).encode()


@schemathesis.deserializer("application/x-ndjson")
def from_lines(context, response):
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def before_call(context, case, kwargs):
    """A key is for one request, and the same few would be made up again and again. What is no key stays as it is."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,240}", key):
        case.headers["Idempotency-Key"] = f"{key}-{next(numbers)}"
    # The `Location` of a comment looks like the address of a file, whose kind no template can narrow to the four there are:
    # what is asked then is answered as the comment that it is.
    if (case.path_parameters or {}).get("kind") == "comments":
        case.path_parameters["kind"] = "screenshots"


@schemathesis.check
def valid_data_is_accepted(context, response, case):
    """Takes the place of `positive_data_acceptance`, which knows statuses alone: of the 422 that this server answers it
    would have to allow all or none. Here those above are allowed, each by its words, and every other one is a fault."""
    if response.status_code == 400 and UNREADABLE_FORM.search(response.json().get("error", "")):
        return None
    if response.status_code == 422:
        problems = response.json().get("errors", [])
        if problems and all(DEPENDS_ON_MORE.search(problem) for problem in problems):
            return None
    return positive_data_acceptance(context, response, case)


@schemathesis.check
def invalid_data_is_refused(context, response, case):
    """Takes the place of `negative_data_rejection`, which looks at the status: a line of a batch that is wrong is told in an
    answer line of its own, and one line too many is 413."""
    if case.operation.path.endswith("/issues/batch.json"):
        return None
    return negative_data_rejection(context, response, case)
