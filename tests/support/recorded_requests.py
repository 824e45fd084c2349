"""What a page asks its server to compute, for the tests of what it must not ask."""

from playwright.sync_api import Page, Request


def record_questions(page: Page) -> list[Request]:
    """Requests for something computed, from now on as they come. Files are none: they come when they are needed."""
    questions: list[Request] = []
    page.on("request", lambda request: None if "/assets/" in request.url else questions.append(request))
    return questions
