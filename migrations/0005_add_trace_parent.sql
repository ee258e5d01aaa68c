-- The trace of the request that caused the mail (W3C traceparent), so that whoever sends it goes on with that trace:
-- another process, the relay, hours later. Null where nothing is traced, and in every row of an older release.
alter table mails add column trace_parent text;
