#!/bin/sh
# Run once by PostgreSQL's image in a new volume: a role that owns the two databases and may do nothing else.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password STORYSHELF_PASSWORD
CREATE ROLE storyshelf LOGIN PASSWORD :'password';
CREATE DATABASE storyshelf OWNER storyshelf ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE storyshelf_work OWNER storyshelf ENCODING 'UTF8' TEMPLATE template0;
SQL
