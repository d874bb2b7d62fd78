#!/usr/bin/env bash
# Runs once, when the database is first made: an owner that migrates and an application role that owns nothing.
set -euo pipefail
secrets="${SECRETS_FOLDER:-/run/secrets}"
owner_password="$(cat "$secrets/database_owner_password")"
app_password="$(cat "$secrets/database_app_password")"

psql --no-psqlrc -v ON_ERROR_STOP=1 -v owner_password="$owner_password" -v app_password="$app_password" \
  --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE upstander_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE upstander_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE DATABASE upstander OWNER upstander_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE upstander FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE upstander TO upstander_app;
SQL
