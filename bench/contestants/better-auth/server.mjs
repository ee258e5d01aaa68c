// @ts-nocheck its packages are installed by the benchmark, not by the service's `npm ci`
//
// better-auth as a team would set it up for the same job: e-mail and password with native bcrypt, a 6-digit code by mail
// that must be typed in before anybody may sign in, a pg pool and a nodemailer pool of the same sizes as the service's.
// Generous to it: no rate limits, no session at the sign-up, and the answer does not wait for the mail
// (`backgroundTasks`). With the argument `migrate` it makes its tables and ends.
import { createServer } from 'node:http';
import { hash, verify } from '@node-rs/bcrypt';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { emailOTP } from 'better-auth/plugins';
import { createTransport } from 'nodemailer';
import { Pool } from 'pg';

const { BCRYPT_COST, DATABASE_URL, MAIL_FROM, PORT, SMTP_URL } = process.env;
const cost = Number(BCRYPT_COST);
const transport = createTransport({ url: SMTP_URL, pool: true, maxConnections: 5, maxMessages: 100 });

const options = {
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: 'a secret for the benchmark and nothing else',
  database: new Pool({ connectionString: DATABASE_URL, max: 10 }),
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  emailAndPassword: {
    enabled: true,
    requireEmailVerification: true,
    password: {
      hash: (password) => hash(password, { cost }),
      verify: ({ password, hash: stored }) => verify(password, stored),
    },
  },
  advanced: {
    backgroundTasks: { handler: (work) => void work.catch((error) => console.error(error.message)) },
  },
  plugins: [
    emailOTP({
      sendVerificationOnSignUp: true,
      otpLength: 6,
      expiresIn: 600,
      sendVerificationOTP: async ({ email, otp }) => {
        await transport.sendMail({
          from: MAIL_FROM,
          to: email,
          subject: 'Your activation code',
          text: `Your activation code is ${otp}\n\nIt works for 10 minutes.\n`,
          html: `<p>Your activation code is</p><p>${otp}</p><p>It works for 10 minutes.</p>`,
        });
      },
    }),
  ],
};

if (process.argv[2] === 'migrate') {
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  await options.database.end();
  transport.close();
} else {
  const answer = toNodeHandler(betterAuth(options));
  createServer((request, response) => void answer(request, response)).listen(Number(PORT), '127.0.0.1');
}
