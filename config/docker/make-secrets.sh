#!/usr/bin/env bash
# Writes the secrets that docker-compose.yml hands to its services, each in a file, where there is none yet.
# The folder is closed to other people (0700); what is inside is readable, because a container reads it as a
# user of its own. The folder work/ is all that a worker sees: accounts' credentials belong there too.
set -euo pipefail
folder="${1:?usage: make-secrets.sh FOLDER}"

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { # keep NAME VALUE: write it unless it is there
  [ -e "$folder/$1" ] && return
  printf '%s' "$2" >"$folder/$1"
  chmod 0444 "$folder/$1"
  echo "wrote $folder/$1"
}

mkdir -p "$folder"
chmod 0700 "$folder"
mkdir -p "$folder/work"
chmod 0755 "$folder/work"
keep postgres_password "$(password)"
keep database_owner_password "$(password)"
keep database_app_password "$(password)"
owner="$(cat "$folder/database_owner_password")"
app="$(cat "$folder/database_app_password")"
keep database_owner_url "postgresql+psycopg://upstander_owner:$owner@postgres:5432/upstander"
keep work/database_url "postgresql+psycopg://upstander_app:$app@postgres:5432/upstander"
