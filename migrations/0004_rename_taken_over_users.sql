-- Whoever takes an address over gets an id of their own, known before the statement runs; what hangs on the row follows.
alter table activation_codes
  drop constraint activation_codes__user,
  add constraint activation_codes__user foreign key (user_id) references users on update cascade on delete cascade;
alter table mails
  drop constraint mails__user,
  add constraint mails__user foreign key (user_id) references users on update cascade on delete cascade;
