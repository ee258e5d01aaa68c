// Arguments for every method of the repositories: as in daily work, on rows that exist. Several where the arguments
// decide what is read.

/**
 * @typedef {import('./plans.mjs').Explainer} Explainer
 * @typedef {(on: Explainer) => unknown[]} Call `on`: where a method takes its transaction
 */

/**
 * @param {import('pg').Client} client
 * @returns {Promise<Record<string, Call[]>>}
 */
export async function samples(client) {
  const { rows } = await client.query(
    `select users.id as "userId", email, password_hash as "passwordHash", codes.id as "codeId", mails.id as "mailId"
     from users join activation_codes as codes on codes.user_id = users.id join mails on mails.user_id = users.id limit 1`,
  );
  const { userId, email, passwordHash, codeId, mailId } = rows[0];
  const first = { limit: 51, after: undefined };
  const next = { limit: 51, after: { moment: new Date(Date.now() - 86_400_000).toISOString(), id: userId } };
  const mail = { kind: 'activation-code', userId, subjectId: codeId };
  const code = { id: codeId, keyId: 'key', userId, ttlSeconds: 600 };
  const any = { email: undefined, status: undefined };
  const registrant = { id: userId, email, passwordHash, holdSeconds: 600 };
  const claim = { id: mailId, attempts: 1 };
  const failure = { reason: '451 later', retryInSeconds: 5, counted: true };

  return {
    'UsersRepository.findByEmail': [() => [email]],
    'UsersRepository.findById': [() => [userId]],
    'UsersRepository.list': [
      () => [any, first],
      () => [any, next],
      () => [{ ...any, email }, first],
      () => [{ ...any, status: 'pending' }, first],
      () => [{ ...any, status: 'active' }, next],
    ],
    'UsersRepository.erase': [() => [userId]],
    'UsersRepository.lockActive': [(on) => [on, email]],
    'UsersRepository.insertOrTakeOver': [(on) => [on, registrant]],
    'UsersRepository.secondsHeld': [() => [email]],
    'UsersRepository.hold': [(on) => [on, userId, 600]],
    'UsersRepository.holdForCode': [(on) => [on, { userId, codeId }, 600]],
    'UsersRepository.replaceHash': [() => [userId, passwordHash]],
    'UsersRepository.activate': [(on) => [on, userId]],
    'UsersRepository.erasePending': [(on) => [on, 24, 1_000]],
    'ActivationRepository.issue': [(on) => [on, code, { cooldownSeconds: 60, perHour: 5, perDay: 10 }]],
    'ActivationRepository.renew': [(on) => [on, code, 600]],
    'ActivationRepository.countAttempt': [() => [userId, { perCode: 5, perDay: 20 }]],
    'ActivationRepository.use': [(on) => [on, codeId]],
    'ActivationRepository.findState': [() => [userId]],
    'ActivationRepository.eraseUsed': [(on) => [on, 30, 1_000]],
    'OutboxRepository.owe': [(on) => [on, mail]],
    'OutboxRepository.oweUnlessRecent': [(on) => [on, mail, 3_600]],
    'OutboxRepository.claim': [() => [mailId]],
    'OutboxRepository.markSent': [() => [mailId]],
    'OutboxRepository.markAllSent': [() => [[mailId]]],
    'OutboxRepository.markObsolete': [() => [mailId]],
    'OutboxRepository.release': [() => [claim, failure]],
    'OutboxRepository.markDead': [() => [claim, '550 no such user']],
    'OutboxRepository.revive': [() => [{ id: mailId, limit: 1 }], () => [{ limit: 1_000 }]],
    'OutboxRepository.findDead': [() => [[mailId]]],
    'OutboxRepository.takeOverdue': [() => [500]],
    'OutboxRepository.putBack': [() => [[mailId]]],
    'OutboxRepository.backlog': [() => []],
    'OutboxRepository.suspect': [() => [5_000]],
    'OutboxRepository.eraseSettled': [(on) => [on, { settledDays: 30, deadDays: 90 }, 1_000]],
    'MailLogRepository.list': [
      () => [undefined, first],
      () => [undefined, next],
      () => ['dead', first],
      () => ['sent', next],
    ],
    'MailLogRepository.ofUser': [() => [userId]],
    'MailLogRepository.find': [() => [mailId]],
  };
}
