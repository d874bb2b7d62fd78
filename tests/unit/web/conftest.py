"""The site for every test of its pages."""

from __future__ import annotations

from tests.web import site

__all__ = ["site"]
