"""What each dialect does otherwise than the others, and on whose word: rows of tables, and public sources.

A table of facts: nothing is worked out here.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["EVIDENCE", "REPORTS", "SOURCES", "linked"]

_SERVER = "https://github.com/RocketChat/Rocket.Chat/blob"
_DOCS = "https://github.com/RocketChat/developer-docs/blob/11aa13e06f0285b53f6f8551001bf2ae5be29ce3"

_IMPORT = "apps/meteor/server/lib/import/classes"
_STARTUP = "apps/meteor/app/importer/server/startup"

#: Each source: its name, its address, and what was read there.
SOURCES = {
    "page": (
        "status.md",
        f"{_DOCS}/reference/api/rest-api/endpoints/settings/bulk-user-import-endpoints/status.md",
        "the documentation page: states, notes, the example",
    ),
    "rest": (
        "import.ts",
        f"{_SERVER}/ef28aee6c4d8b9a6035348d1473751be34c981a0/apps/meteor/server/api/v1/import.ts",
        "the endpoints of 8.x, their permissions and schemas",
    ),
    "service": (
        "service.ts",
        f"{_SERVER}/2f5a6c8d2db955c9c305207a67f8abaaf6240783/apps/meteor/server/services/import/service.ts",
        "how a step and `valid` become a state; new, addUsers, run, clear and their errors",
    ),
    "importer": (
        "Importer.ts",
        f"{_SERVER}/156540a396c8f901e0c5dd099912a11a14cf8478/{_IMPORT}/Importer.ts",
        "the order of steps, when counters are written, what an interruption does",
    ),
    "records": (
        "RecordConverter.ts",
        f"{_SERVER}/11654319e13dc8676455543e7f91e161a26de829/{_IMPORT}/converters/RecordConverter.ts",
        "batches, what of a failure is kept, what is removed from the staging area",
    ),
    "model": (
        "Imports.ts",
        f"{_SERVER}/14e8bb0230e2346d943e76a4fe835047a71d270e/packages/models/src/models/Imports.ts",
        "the newest operation, how operations become invalid, how counters are added to",
    ),
    "start": (
        "setImportsToInvalid.js",
        f"{_SERVER}/b70d92b8a5b7cf0129b5d4c402acd024ea5b85a1/{_STARTUP}/setImportsToInvalid.js",
        "what a restart does to operations",
    ),
    "old-api": (
        "api.ts",
        f"{_SERVER}/6aa440dd3ac76a34641690b8e11703eb03426797/apps/meteor/app/api/server/api.ts",
        "bodies, refusals and the limit of calls in 6.x",
    ),
    "new-api": (
        "ApiClass.ts",
        f"{_SERVER}/e543389350e0c84edfc0b63f06903b13a694f4c4/apps/meteor/app/api/server/ApiClass.ts",
        "the same from 7.4 on",
    ),
    "router": (
        "Router.ts",
        f"{_SERVER}/3a8f6b519f3aa0b79eaf1cc9509e35a055bd0db8/packages/http-router/src/Router.ts",
        "wrong methods, unknown paths, bodies that are no JSON",
    ),
    "rate": (
        "rate.ts",
        f"{_SERVER}/d645562737250812650bd6b615041d0657d88a1d/apps/meteor/server/settings/rate.ts",
        "the limit of calls unless set otherwise: 10 in 60 seconds",
    ),
}

#: By what they are about: a fact, in `docs`, in `server-*`, and the sources of it.
EVIDENCE: dict[str, list[tuple[str, str, str, tuple[str, ...]]]] = {
    "Answers": [
        (
            "order of the keys",
            "`success`, `state`, `operation`",
            "`state`, `operation`, `success`: it is set last",
            ("page", "old-api", "new-api"),
        ),
        (
            "state `none`",
            "`success` and `state`, without `operation`",
            "the same in the other order",
            ("page", "service"),
        ),
        (
            "keys of `operation`",
            "`type importerKey ts status valid user _updatedAt count`",
            "`_id` before them; `count` once there is something to count",
            ("page", "model"),
        ),
        (
            "keys of `count`",
            "always `total users messages channels completed error`",
            "none in `new`; `total users` in `ready`; `completed error` appear together with the first batch",
            ("page", "importer", "model"),
        ),
        (
            "an import of nobody",
            "all six counters, 0",
            "`completed` and `error` stay away, at `done` too: *inferred*",
            ("importer",),
        ),
        (
            "steps",
            "started, users, channels, messages, finishing, done",
            "the same; from `server-7.4` on contacts between users and channels",
            ("importer",),
        ),
        (
            "`valid`",
            "true; false once `canceled` or `error`",
            "false once it was invalidated, whatever the step",
            ("service", "model"),
        ),
        ("`_updatedAt`", "moves with every published change, never on a read", "the same", ("model",)),
    ],
    "Interruptions": [
        (
            "a cancel while importing",
            "`importing` until the batch in flight is flushed, then `canceled`, `importer_import_cancelled`",
            (
                "`error` at once. Noticed after a full batch: that batch counts in `completed` and in "
                "`error`, and it walks on to `done`. Noticed after the last, partial batch: `error` with "
                "`importer_import_failed`. *Inferred*"
            ),
            ("page", "importer", "records"),
        ),
        (
            "a cancel before the run",
            "`canceled`; the staging area is emptied",
            "`error`, the step as it was; likewise",
            ("page", "service", "model"),
        ),
        (
            "a cancel after the end",
            "the state stays; the staging area is emptied",
            "`done` stays `done`, else `error`",
            ("service", "model"),
        ),
        (
            "the state `canceled`",
            "as the page has it",
            "never: nothing in the code sets that step",
            ("page", "service"),
        ),
        (
            "a crash",
            "`error` with `importer_import_failed`; counters as at the last flush",
            "a restart: `valid` false, step and counters frozen, `error`",
            ("page", "start"),
        ),
        (
            "`import.new` meanwhile",
            "cancels as above, then a new operation",
            "the same by its own rule",
            ("service",),
        ),
    ],
    "Users that fail": [
        (
            "counted in",
            "`error`",
            "`error`, as imports over the API are inserted by batches",
            ("page", "records"),
        ),
        (
            "in the staging area afterwards",
            "those that failed or were not reached, each with a reason",
            "nobody: what fails in a batch leaves no mark, and is removed",
            ("page", "records"),
        ),
        (
            "`done` means",
            "every staged user was processed, even if nobody was imported",
            "the same, and more: also an import that was interrupted, or that had nobody to import",
            ("page", "importer"),
        ),
    ],
    "Refusals": [
        (
            "no or wrong token",
            "401 with `status` and `message`",
            "`server-6.3` the same, without `success`; later with `success`, `error`, `status` and `message`",
            ("old-api", "new-api"),
        ),
        ("no permission", "403", "403 with the same body in all versions", ("old-api", "new-api")),
        (
            "a wrong method",
            "405, JSON",
            "`server-6.3` 405, JSON; later 404, `404 Not Found` as text",
            ("old-api", "router"),
        ),
        (
            "an unknown path",
            "404, JSON",
            "`server-6.3` 200 and the web app's page; later 404 as text",
            ("old-api", "router"),
        ),
        (
            "a body that does not fit",
            "400 with `[invalid-params]` behind the message",
            "the same until `server-8.3`, which leaves the bracket out and has `errorType` first",
            ("old-api", "rest", "router"),
        ),
        (
            "what is checked first",
            "token, limit of calls, body, permission",
            "the same until `server-8.3`: token, permission, body, limit of calls",
            ("old-api", "rest"),
        ),
        (
            "too many calls",
            "429 to whoever lacks `api-bypass-rate-limit`: 10 calls a minute and endpoint",
            "the same; administrators have it, and never see 429",
            ("old-api", "rate"),
        ),
    ],
    "Files": [
        (
            "an uploaded file",
            "`loading` for `loading_s`, then `ready`",
            "`loading` until somebody asks for `getImportFileData`, then it is prepared for `loading_s`",
            ("rest", "importer"),
        ),
        (
            "roles of `import.addUsers`",
            "as given, beside `user`",
            ("`server-7.4` stages the letters of the first role, as its servers did until they were mended"),
            ("service",),
        ),
    ],
}

#: What people reported of servers, by the number of the public report: what they saw, and what shows it here.
REPORTS = (
    (13450, "an import neither ends nor can be canceled; its progress stays at 0", "`stuck_at_zero`"),
    (
        6778,
        "after a weekend a tenth of it was there, and nothing went on",
        "`crash_midway`, and the rule `silence`",
    ),
    (
        8426,
        "it goes on in the background after a failure was shown",
        "`error` in `server-*` that becomes `done`",
    ),
    (17855, "the cursor is lost after half an hour", "`crash_midway`"),
    (13057, "users fail, and nobody is told", "`done_but_nobody_imported`, `all_fail`"),
    (28364, "the bar stays where it is while the import goes on", "`one_user`, `stuck_at_zero`"),
    (29509, "more was counted than there is", "the rule `over-total`; `server-*` after a cancel"),
    (17364, "it hangs at a loaded file", "a file in `server-*`, until `getImportFileData` is asked for"),
    (20263, "scripts that poll meet 429", "`Fault('429', every=10)`"),
)


def linked(names: Iterable[str]) -> str:
    """Return links to sources."""
    return ", ".join(f"[{SOURCES[name][0]}]({SOURCES[name][1]})" for name in names)
