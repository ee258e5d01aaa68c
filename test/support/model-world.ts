import { type TestDatabase, createDatabase } from './databases.js';
import { eventually } from './eventually.js';
import type { Model } from './model.js';
import { OwnRedis } from './own-redis.js';
import { type Replica, startReplica } from './service.js';
import { type ScriptedSmtp, startSmtp } from './smtp.js';

const REPLICAS = 2;

/** The longest retry of a mail that met an outage, and some patience for a busy machine. */
const DELIVERY_MS = 60_000;

/** The real thing: two replicas in this process, and what they depend on. */
export class ModelWorld {
  private replicas: Replica[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly smtp: ScriptedSmtp,
    readonly redis: OwnRedis | undefined,
  ) {}

  static async start({ withRedis }: { withRedis: boolean }): Promise<ModelWorld> {
    const redis = withRedis ? await OwnRedis.start() : undefined;
    const world = new ModelWorld(await createDatabase(), await startSmtp(), redis);
    for (let i = 0; i < REPLICAS; i++) world.replicas.push(await startReplica(world.variables));
    return world;
  }

  /** Where requests go; any number will do. */
  url(index: number): string {
    return this.replicas[index % REPLICAS]!.url;
  }

  /** Ends a replica and starts another one in its place. */
  async restart(index: number): Promise<void> {
    await this.replicas[index % REPLICAS]!.stop();
    this.replicas[index % REPLICAS] = await startReplica(this.variables);
  }

  async stop(): Promise<void> {
    for (const replica of this.replicas) await replica.stop();
    await this.redis?.stop();
    await this.smtp.stop();
    await this.database.drop();
  }

  /** Waits until every mail that can go out is out, and tells the model of those that came. */
  async settle(model: Model): Promise<void> {
    if (!model.smtp || !model.redis) return;
    for (const person of model.people.filter(({ owed }) => owed)) {
      await eventually(async () => (await this.owed(person.email)) === 0, {
        within: DELIVERY_MS,
        what: `the mail to ${person.email}`,
      });
      const mails = this.mailsTo(person.email);
      if (mails.length !== person.delivered.length + 1) {
        throw new Error(`${mails.length} mails came, after ${person.delivered.length}`);
      }
      person.receive(/\b\d{6}\b/.exec(mails.at(-1)!.text)![0], Date.now());
    }
  }

  mailsTo(email: string) {
    return this.smtp.mails.filter(({ to }) => to.includes(email));
  }

  private async owed(email: string): Promise<number> {
    const rows = await this.database.sql(
      `select from mails join users on users.id = user_id where email = $1 and state = 'pending'`,
      [email],
    );
    return rows.length;
  }

  private get variables(): NodeJS.ProcessEnv {
    return {
      DATABASE_URL: this.database.url,
      SMTP_URL: this.smtp.url,
      // A person who has aged by days is not to be erased by the way.
      PENDING_USER_RETENTION_HOURS: '8760',
      ...(this.redis === undefined ? {} : { REDIS_URL: this.redis.url }),
    };
  }
}
