-- The moments of the last `span`, oldest first: what a rolling limit counts.
create function within(moments timestamptz[], span interval) returns timestamptz[]
  language sql stable parallel safe
  as $$ select coalesce(array_agg(moment order by moment), '{}') from unnest(moments) as moment where moment > now() - span $$;

-- The newest code of each person and the budgets around it, in one row, so that every limit is a guard of the
-- statement that writes. The digits are not here: they are derived from the id under a secret (key_id names it).
create table activation_codes (
  id           uuid          not null constraint activation_codes__pkey primary key,
  user_id      uuid          not null constraint activation_codes__user_id unique
                             constraint activation_codes__user references users on delete cascade,
  key_id       text          not null,
  created_at   timestamptz   not null default now(),
  expires_at   timestamptz   not null,
  used_at      timestamptz,
  attempts     integer       not null default 0,
  -- Rolling windows that a new code does not reset (NIST SP 800-63B-4 section 3.1.3.2).
  issued_at    timestamptz[] not null,
  attempted_at timestamptz[] not null default '{}',
  constraint activation_codes__attempts_not_negative check (attempts >= 0)
);

-- Those that did their work, by age, for the upkeep.
create index activation_codes__used_at on activation_codes (used_at) where used_at is not null;
