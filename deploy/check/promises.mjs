/** @typedef {import('./types.mjs').Manifest} Manifest */

/** Settings that are secrets, and so never a value in a manifest. */
const SECRETS = [
  'DATABASE_URL',
  'SMTP_URL',
  'REDIS_URL',
  'ACTIVATION_CODE_SECRET',
  'ACTIVATION_CODE_SECRET_PREVIOUS',
  'ADMIN_USERNAME',
  'ADMIN_PASSWORD',
];

const GRACE_DEFAULT_SECONDS = 20;

/**
 * What types cannot say of these manifests.
 * @param {Manifest[]} manifests
 * @returns {string[]}
 */
export function brokenPromises(manifests) {
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');
  return [
    ...workloads.flatMap((workload) =>
      [...podFaults(workload), ...environmentFaults(workload), ...roleFaults(workload)].map(
        (fault) => `${workload.kind} ${workload.metadata.name}: ${fault}`,
      ),
    ),
    ...referenceFaults(manifests, workloads),
    ...(manifests.some(({ kind }) => kind === 'Secret') ? ['there is a Secret'] : []),
  ];
}

/**
 * Pod Security "restricted", and what this chart adds to it.
 * @param {Manifest} workload
 */
function podFaults({ spec }) {
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const { securityContext: own = {} } = container;
  const checks = {
    'it runs as root': pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser === 10001,
    'no seccomp profile': pod.securityContext?.seccompProfile?.type === 'RuntimeDefault',
    'privileges may grow': own.allowPrivilegeEscalation === false,
    'capabilities are left': own.capabilities?.drop?.[0] === 'ALL' && own.capabilities.add === undefined,
    'its root can be written': own.readOnlyRootFilesystem === true,
    'it has a token': pod.automountServiceAccountToken === false,
    'it uses the host': !pod.hostNetwork && !pod.hostPID && !pod.hostIPC,
    'no /tmp': container.volumeMounts?.some((/** @type {any} */ { mountPath }) => mountPath === '/tmp'),
    'memory without a limit': container.resources?.limits?.memory !== undefined,
  };
  return Object.entries(checks).flatMap(([fault, holds]) => (holds ? [] : [fault]));
}

/** @param {Manifest} workload */
function environmentFaults({ kind, spec }) {
  const environment = spec.template.spec.containers[0].env;
  /** @type {string[]} */
  const names = environment.map((/** @type {any} */ { name }) => name);
  const values = environment.filter((/** @type {any} */ { name, value }) => SECRETS.includes(name) && value);
  const numbers = environment.filter((/** @type {any} */ { value }) => /e[+-]/.test(value ?? ''));
  return [
    ...values.map((/** @type {any} */ { name }) => `${name} is a value`),
    ...numbers.map((/** @type {any} */ { name, value }) => `${name} is ${value}`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`),
    ...(kind === 'Job' && String(names) !== 'DATABASE_URL' ? [`it knows ${names.join(', ')}`] : []),
  ];
}

/** @param {Manifest} workload */
function roleFaults({ kind, metadata, spec }) {
  if (kind === 'Job') return [];
  const pod = spec.template.spec;
  const [container] = pod.containers;
  /** @param {string} wanted */
  const setting = (wanted) => container.env.find((/** @type {any} */ { name }) => name === wanted)?.value;
  const role = /-(api|worker)$/.exec(metadata.name)?.[1];
  const sleep = Number(container.lifecycle?.preStop.exec.command[1] ?? 0);
  const grace = Number(setting('SHUTDOWN_GRACE_SECONDS') ?? GRACE_DEFAULT_SECONDS);
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  const operator = container.env.some((/** @type {any} */ { name }) => name === 'ADMIN_PASSWORD');
  return [
    ...(setting('ROLE') === role ? [] : [`its ROLE is ${setting('ROLE')}`]),
    ...(pod.terminationGracePeriodSeconds > sleep + grace ? [] : ['it is killed before its own end']),
    ...(String(probes.map((probe) => probe?.httpGet?.path)) === '/health/live,/health/live,/health/ready'
      ? []
      : ['a probe asks elsewhere']),
    ...(probes.every((probe) => probe?.timeoutSeconds === 1)
      ? []
      : ['a probe has another deadline than 1 s']),
    ...(operator && role === 'worker' ? ["the worker knows the operator's password"] : []),
  ];
}

/**
 * Whether all that points at pods or workloads finds some.
 * @param {Manifest[]} manifests
 * @param {Manifest[]} workloads
 */
function referenceFaults(manifests, workloads) {
  const pods = workloads.map(({ spec }) => spec.template.metadata.labels);
  const found = (/** @type {Record<string, string>} */ selector) =>
    pods.some((labels) => Object.entries(selector).every(([key, value]) => labels[key] === value));
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const selector =
      kind === 'Service'
        ? spec.selector
        : (spec?.podSelector ?? (kind === 'ServiceMonitor' ? undefined : spec?.selector))?.matchLabels;
    const target = spec?.scaleTargetRef?.name;
    const aims = [
      selector === undefined || found(selector),
      target === undefined || workloads.some((workload) => workload.metadata.name === target),
    ];
    return aims.every(Boolean) ? [] : [`${kind} ${metadata.name}: it selects nothing`];
  });
}
