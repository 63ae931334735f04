"""An import by a client that was made from the document: read by a type checker, and run, beside it."""

import json
import sys
from typing import assert_type

from chat import Client
from chat.api.authentication import login
from chat.api.bulk_user_import import import_add_users, import_new, import_run, import_status
from chat.models import (
    AddUsersRequest,
    Credentials,
    ImportCount,
    ImportOperation,
    ImportState,
    ImportStatus,
    LoginResult,
    NewUser,
)

PASSWORD = "pw"  # noqa: S105 - of an account of the tests


def main(url: str) -> None:
    users = [NewUser(emails=user["emails"], import_ids=user["importIds"]) for user in json.load(sys.stdin)]
    entered = login.sync(client=Client(base_url=url), body=Credentials(user="boss", password=PASSWORD))
    assert isinstance(entered, LoginResult)
    headers = {"X-User-Id": entered.data.user_id, "X-Auth-Token": entered.data.auth_token}
    client = Client(base_url=url, headers=headers)
    import_new.sync(client=client)
    import_add_users.sync(client=client, body=AddUsersRequest(users=users))
    status = import_status.sync(client=client)
    assert isinstance(status, ImportStatus)
    states = [status.state]
    import_run.sync(client=client)
    for _ in range(100):
        status = import_status.sync(client=client)
        assert isinstance(status, ImportStatus)
        states.append(status.state)
        if status.state is ImportState.DONE:
            break
    operation = status.operation
    assert isinstance(operation, ImportOperation)
    count = operation.count
    assert isinstance(count, ImportCount)
    assert_type(count.total, int)
    print(json.dumps({"states": states, "count": count.to_dict()}))


main(sys.argv[1])
