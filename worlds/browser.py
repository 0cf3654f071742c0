"""A browser without a screen: opens pages, reads their forms, sends them as a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    import requests

FOUND = 200
REFUSED_FROM = 400


class PageError(Exception):
    """A page is not as expected: it answered with an error, or lacks a form."""


@dataclass
class Form:
    """One form of a page, with the values it would send if nothing were changed."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name:
            unchecked = given.get("type") in ("checkbox", "radio") and "checked" not in given
            if not unchecked:
                form.fields.setdefault(name, []).append(value or "")
        elif tag == "button" and name:
            form.buttons.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            form.fields.setdefault(self._select, []).append(value)
        elif tag == "textarea":
            self._text = name
            form.fields.setdefault(name, [""])

    def handle_data(self, data: str) -> None:
        if self._text and self._form is not None:
            self._form.fields[self._text] = [data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""


class Browser:
    """One person's browser, with its cookies."""

    def __init__(self, session: requests.Session, home: str) -> None:
        """Open it on a site."""
        self.session = session
        self.home = home
        self.url = home
        self.text = ""

    def open(self, path: str) -> str:
        """Open a page and give its text. Raises PageError when it answers with an error."""
        return self._arrive("get", urljoin(self.home, path), {})

    def _arrive(self, method: str, url: str, sent: dict[str, list[str]]) -> str:
        send = self.session.post if method == "post" else self.session.get
        answer = send(url, data=sent) if method == "post" else send(url, params=sent or None)
        return self._shown(method, url, answer)

    def _shown(self, method: str, url: str, answer: requests.Response) -> str:
        self.url, self.text = answer.url, answer.text
        if answer.status_code >= REFUSED_FROM:
            msg = f"{method} {url} answered {answer.status_code}"
            raise PageError(msg)
        return self.text

    def hand_in(self, action: str, name: str, body: bytes) -> str:
        """Choose a file in the form whose action contains `action`, and send it with the rest."""
        form = self._find(action, {})
        if form is None:
            msg = f"{self.url} has no form for {action!r}"
            raise PageError(msg)
        url = urljoin(self.url, form.action)
        sent = {key: values for key, values in form.fields.items() if key != "file"}
        answer = self.session.post(url, data=sent, files={"file": (name, body)})
        return self._shown("post", url, answer)

    def forms(self) -> list[Form]:
        """Read the forms of the open page."""
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms

    def has_form(self, action: str, **wanted: str) -> bool:
        """Say whether the open page has such a form."""
        return self._find(action, wanted) is not None

    def _find(self, action: str, wanted: dict[str, str]) -> Form | None:
        for form in self.forms():
            fits = all(value in form.fields.get(name, []) for name, value in wanted.items())
            if action in form.action and fits:
                return form
        return None

    def submit(self, action: str, **filled: str) -> str:
        """Fill and send the form whose action contains `action`; gives the page that follows.

        Raises PageError when the page has no such form.
        """
        form = self._find(action, {})
        if form is None:
            msg = f"{self.url} has no form for {action!r}"
            raise PageError(msg)
        sent = {**form.fields, **{name: [value] for name, value in filled.items()}}
        return self._arrive(form.method, urljoin(self.url, form.action), sent)
