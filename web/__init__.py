"""Our way of making a screen out of Bottle; screens import from here and nowhere below."""

from web.download import download, download_pieces
from web.errors import refuse
from web.form import HARD_LIMIT, Form, Upload
from web.gate import Who, app, get, post
from web.kept import carried, carried_files
from web.look import choose as choose_look
from web.page import local_path, page, to
from web.pager import Pager
from web.query import asked, asked_number, asked_page, brought
from web.resume import taken_up
from web.stopped import Saved
from web.visit import here

__all__ = [
    "HARD_LIMIT",
    "Form",
    "Pager",
    "Saved",
    "Upload",
    "Who",
    "app",
    "asked",
    "asked_number",
    "asked_page",
    "brought",
    "carried",
    "carried_files",
    "choose_look",
    "download",
    "download_pieces",
    "get",
    "here",
    "local_path",
    "page",
    "post",
    "refuse",
    "taken_up",
    "to",
]
