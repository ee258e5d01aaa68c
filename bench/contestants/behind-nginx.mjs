// As many processes of the service as REPLICAS says, behind nginx on PORT: what a load balancer costs, and what a second
// process brings. The proxy is that of deploy/local/nginx.conf without TLS, for which the load generator would pay.
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../dev/child.mjs';
import { freePort } from '../../dev/ports.mjs';
import { startServer } from '../parts/programs.mjs';
import { endOnSignals } from '../parts/signals.mjs';

const SERVICE = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** @param {string[]} hosts */
const configuration = (hosts) => `pid nginx.pid;
error_log error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path client-bodies;
  proxy_temp_path proxied;
  fastcgi_temp_path unused-1;
  uwsgi_temp_path unused-2;
  scgi_temp_path unused-3;
  upstream api {
    zone api 64k;
    least_conn;
    ${hosts.map((host) => `server ${host} max_fails=0;`).join('\n    ')}
    keepalive 64;
    keepalive_timeout 4s;
  }
  server {
    listen 127.0.0.1:${process.env['PORT']};
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    proxy_set_header Host $host;
    location / { proxy_pass http://api; }
  }
}
`;

endOnSignals();
const replicas = await Promise.all(
  Array.from({ length: Number(process.env['REPLICAS']) }, async () => {
    const port = await freePort();
    return startServer([SERVICE], { env: { ...process.env, PORT: String(port) }, ready: '/health/ready' });
  }),
);
const folder = mkdtempSync(join(tmpdir(), 'registration-api-bench-'));
chmodSync(folder, 0o755); // its workers are somebody else when root starts it
writeFileSync(join(folder, 'nginx.conf'), configuration(replicas.map(({ url }) => new URL(url).host)));
await startChild('nginx', ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'], {
  stopSignal: 'SIGQUIT',
  throwAway: folder,
  output: 'inherit',
});
