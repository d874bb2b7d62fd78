"""Handing evidence over: asked for, approved by a second person, packed, checked, and accounted for."""
