/**
 * What the check of manifests must see: a part of its words, what is right, what is planted instead.
 * @type {[expected: string, right: string, wrong: string][]}
 */
export const mistakes = [
  // Types.
  ['readynessProbe', 'readinessProbe:', 'readynessProbe:'],
  ['targetPrt', 'targetPort:', 'targetPrt:'],
  ["Type 'string' is not assignable to type 'number'", 'replicas: 3', 'replicas: three'],
  ["Property 'maxReplicas' is missing", 'maxReplicas: 30', '# gone'],
  ['Type \'"page"\' is not assignable', 'severity: critical', 'severity: page'],
  ['Map keys must be unique', 'minReplicas: 3', 'maxReplicas: 3'],
  // Promises.
  ['it runs as root', 'runAsUser: 10001', 'runAsUser: 0'],
  ['its root can be written', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
  ['privileges may grow', 'allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'],
  ['capabilities are left', 'drop: [ALL]', 'drop: [NET_RAW]'],
  ['no seccomp profile', 'type: RuntimeDefault', 'type: Unconfined'],
  ['it has a token', 'automountServiceAccountToken: false\n      enable', 'enable'],
  [
    'it is killed before its own end',
    'terminationGracePeriodSeconds: 60',
    'terminationGracePeriodSeconds: 30',
  ],
  ['a probe has another deadline', 'timeoutSeconds: 1', 'timeoutSeconds: 5'],
  ['a probe asks elsewhere', '/health/ready', '/health/live'],
  ['its ROLE is worker', 'value: api', 'value: worker'],
  ['it selects nothing', 'name: check-registration-api-api\n  minReplicas', 'name: check-api\n  minReplicas'],
  [
    'it knows SMTP_URL',
    '- name: DATABASE_URL\n              valueFrom:\n                secretKeyRef:\n                  name: registration-api-owner',
    '- name: SMTP_URL\n              valueFrom:\n                secretKeyRef:\n                  name: registration-api-owner',
  ],
  ['DATABASE_URL is a value', '- name: HOST', '- name: DATABASE_URL'],
];
