-- Who someone is. One row an address, decided by the database; never by looking first.
create table users (
  id            uuid        not null constraint users__pkey primary key,
  email         text        not null collate "C" constraint users__email unique,
  password_hash text        not null,
  created_at    timestamptz not null default now(),
  activated_at  timestamptz,
  -- The life of the newest code: until then a pending registration holds the address.
  pending_until timestamptz not null,
  constraint users__email_is_canonical check (email = lower(email) and email ~ '^[!-~]{3,254}$')
);

-- Newest first, in keyset pages, for the admin; pending ones by age for the upkeep.
create index users__created_at on users (created_at, id);
create index users__pending on users (created_at) where activated_at is null;
