"""The client that most people have in Python, `rocketchat-api`, from login to logout."""

from __future__ import annotations

import pytest
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
    RocketBadStatusCodeException,
)
from rocketchat_API.rocketchat import RocketChat

from tests.clients.whole_import import PASSWORD, PEOPLE, USER, at_end, served
from tests.service.http.clients import DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_whole_import(dialect: str) -> None:
    with served(dialect) as server:
        chat = RocketChat(USER, PASSWORD, server_url=server.url)
        assert chat.info()["success"] is True
        assert chat.me()["username"] == USER
        chat.call_api_post("import.new")
        assert chat.call_api_post("import.addUsers", users=PEOPLE) == {"success": True}
        body = chat.call_api_get("import.status")
        states = [body["state"]]
        chat.call_api_post("import.run")
        for _ in range(100):
            body = chat.call_api_get("import.status")
            states.append(body["state"])
            if body["state"] == "done":
                break
        at_end(states, body["operation"]["count"])
        assert chat.logout()["status"] == "success"
        with pytest.raises((RocketApiException, RocketBadStatusCodeException), match="logged in"):
            chat.me()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_it_makes_of_refusals(dialect: str) -> None:
    with served(dialect) as server:
        with pytest.raises(RocketAuthenticationException):
            RocketChat(USER, "wrong", server_url=server.url)
        chat = RocketChat(USER, PASSWORD, server_url=server.url)
        with pytest.raises(RocketApiException, match="error-operation-not-found") as refused:
            chat.call_api_post("import.run")
        assert refused.value.status_code == 400
