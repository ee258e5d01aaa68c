-- The outbox: a row is written with the change that owes the mail, and stays the truth about it.
create table mails (
  id          uuid        not null constraint mails__pkey primary key,
  kind        text        not null,
  user_id     uuid        not null constraint mails__user references users on delete cascade,
  -- What the mail is about, for the composer of its kind; an activation mail: the code.
  subject_id  uuid        not null,
  -- The request that caused it, so that one id leads from the log of the API to that of the worker.
  request_id  text,
  state       text        not null default 'pending',
  attempts    integer     not null default 0,
  -- Held by one sender until then, so that a job delivered twice sends once.
  lease_until timestamptz,
  -- When the relay should look whether the queue has forgotten it; null when nothing is owed any more.
  due_at      timestamptz,
  created_at  timestamptz not null default now(),
  -- When trying began, or began anew: after a day of it the mail is dead.
  trying_since timestamptz not null default now(),
  sent_at     timestamptz,
  dead_at     timestamptz,
  last_error  text,
  constraint mails__state check (state in ('pending', 'sent', 'dead', 'obsolete')),
  constraint mails__sent_at check ((state = 'sent') = (sent_at is not null)),
  constraint mails__dead_at check ((state = 'dead') = (dead_at is not null)),
  constraint mails__attempts_not_negative check (attempts >= 0)
);

-- Not "where state = 'pending'": statements about one mail say that, too, and after a burst the planner would walk
-- the whole backlog in this index instead of asking the primary key.
create index mails__due on mails (due_at) where due_at is not null;
create index mails__user_id on mails (user_id);
create index mails__state_created_at on mails (state, created_at, id);
create index mails__created_at on mails (created_at, id);
