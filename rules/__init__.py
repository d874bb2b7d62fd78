"""Pure decisions about text: no network, no clock, no database."""
