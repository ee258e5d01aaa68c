import ts from 'typescript';

/**
 * @typedef {{ apiVersion: string, kind: string, metadata: { name: string }, spec?: any }} Manifest
 */

/** Kinds of the Prometheus operator, which kubernetes-types does not know; the members that the chart uses. */
const PROMETHEUS_OPERATOR = `
  import type { LabelSelector, ObjectMeta } from 'kubernetes-types/meta/v1';
  interface Relabeling {
    action?: 'replace' | 'keep' | 'drop' | 'labeldrop';
    sourceLabels?: string[];
    targetLabel?: string;
    replacement?: string;
    regex?: string;
  }
  interface Endpoint {
    port: string;
    path: string;
    interval: string;
    scheme: 'http' | 'https';
    tlsConfig?: { insecureSkipVerify: boolean };
    relabelings?: Relabeling[];
  }
  interface Rule {
    alert: string;
    expr: string;
    for?: string;
    keep_firing_for?: string;
    labels: { severity: 'critical' | 'warning' };
    annotations: { summary: string; description: string; runbook_url: string };
  }
  interface Object<Kind, Spec> {
    apiVersion: 'monitoring.coreos.com/v1';
    kind: Kind;
    metadata: ObjectMeta;
    spec: Spec;
  }
  export type ServiceMonitor = Object<'ServiceMonitor', { selector: LabelSelector; endpoints: Endpoint[] }>;
  export type PrometheusRule = Object<'PrometheusRule', { groups: { name: string; rules: Rule[] }[] }>;
`;

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es5.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
};

/** Parsed once for all programs. @type {Map<string, ts.SourceFile | undefined>} */
const libraries = new Map();

/** @param {Manifest} manifest */
function moduleOf({ apiVersion }) {
  if (apiVersion === 'monitoring.coreos.com/v1') return './prometheus-operator.js';
  const [version, group = 'core'] = apiVersion.split('/').toReversed();
  return `kubernetes-types/${group.replace(/\.k8s\.io$/, '')}/${version}`;
}

/** @param {string} name */
const place = (name) => `${import.meta.dirname}/${name}`;

/**
 * Compiles each manifest as a literal of its type.
 * @param {Manifest[]} manifests
 * @returns {string[]}
 */
export function typeFaults(manifests) {
  const sources = new Map([[place('prometheus-operator.ts'), PROMETHEUS_OPERATOR]]);
  manifests.forEach((manifest, index) => {
    const head = `import type { ${manifest.kind} as Kind } from '${moduleOf(manifest)}';\n`;
    sources.set(
      place(`manifest-${index}.ts`),
      `${head}export const manifest: Kind = ${JSON.stringify(manifest, null, 1)};\n`,
    );
  });
  const host = ts.createCompilerHost(OPTIONS);
  const files = { ...host };
  host.fileExists = (file) => sources.has(file) || files.fileExists(file);
  host.readFile = (file) => sources.get(file) ?? files.readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = sources.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, version);
    if (!libraries.has(file)) libraries.set(file, files.getSourceFile(file, version, ...rest));
    return libraries.get(file);
  };
  const program = ts.createProgram([...sources.keys()], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => describe(diagnostic, manifests));
}

/**
 * @param {ts.Diagnostic} diagnostic
 * @param {Manifest[]} manifests
 */
function describe({ file, start, messageText }, manifests) {
  const index = /manifest-(\d+)\.ts$/.exec(file?.fileName ?? '')?.[1];
  const manifest = manifests[Number(index)];
  const line = file?.text.slice(file.text.lastIndexOf('\n', start ?? 0) + 1).split('\n')[0];
  const what = manifest ? `${manifest.kind} ${manifest.metadata?.name}, at ${line?.trim()}` : file?.fileName;
  return `${what}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
