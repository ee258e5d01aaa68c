{{/* The name of every object, and the prefix of those that come in several. */}}
{{- define "registration-api.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What never changes over the life of a Deployment. Takes: root, component. */}}
{{- define "registration-api.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Takes: root, component. */}}
{{- define "registration-api.labels" -}}
{{ include "registration-api.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "registration-api.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "registration-api.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "registration-api.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{/* Combinations that would start and then serve nobody. */}}
{{- define "registration-api.refuse" -}}
{{- $keys := .Values.secrets.keys -}}
{{- if ne (empty $keys.ADMIN_USERNAME) (empty $keys.ADMIN_PASSWORD) -}}
{{- fail "secrets.keys: ADMIN_USERNAME and ADMIN_PASSWORD go together" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.tls.existingSecret) (has (toString (.Values.settings.TRUST_PROXY | default "false")) (list "false" "0")) -}}
{{- fail "ingress.enabled needs settings.TRUST_PROXY: without it all clients share one limit, and HTTPS_ONLY refuses every request" -}}
{{- end -}}
{{- if gt (mul 2 (int .Values.settings.SHUTDOWN_DRAIN_SECONDS)) (int (.Values.settings.SHUTDOWN_GRACE_SECONDS | default 20)) -}}
{{- fail "settings.SHUTDOWN_DRAIN_SECONDS must not be more than half of SHUTDOWN_GRACE_SECONDS" -}}
{{- end -}}
{{- if and .Values.api.autoscaling.enabled (gt (int .Values.api.autoscaling.minReplicas) (int .Values.api.autoscaling.maxReplicas)) -}}
{{- fail "api.autoscaling: minReplicas is more than maxReplicas" -}}
{{- end -}}
{{- end -}}

{{/* One variable from a Secret. Takes: secret, name, key. */}}
{{- define "registration-api.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{/* The whole environment of a role. Takes: root, component. */}}
{{- define "registration-api.environment" -}}
{{- $values := .root.Values -}}
- name: NODE_ENV
  value: production
- name: HOST
  value: 0.0.0.0
- name: PORT
  value: '3000'
- name: ROLE
  value: {{ .component }}
{{- if $values.tls.existingSecret }}
- name: TLS_CERT_FILE
  value: /etc/registration-api/tls/tls.crt
- name: TLS_KEY_FILE
  value: /etc/registration-api/tls/tls.key
{{- end }}
{{- range $name, $value := $values.settings }}
{{- if ne $value nil }}
- name: {{ $name }}
  value: {{ (kindIs "float64" $value) | ternary (int64 $value | toString) (toString $value) | quote }}
{{- end }}
{{- end }}
{{- range $name, $key := $values.secrets.keys }}
{{- if and $key (or (eq $.component "api") (not (hasPrefix "ADMIN_" $name))) }}
{{ include "registration-api.secretVariable" (dict "secret" $values.secrets.existingSecret "name" $name "key" $key) }}
{{- end }}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Pod Security "restricted", and no more than it needs. */}}
{{- define "registration-api.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "registration-api.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What the container's port speaks. */}}
{{- define "registration-api.scheme" -}}
{{- if .Values.tls.existingSecret }}https{{ else }}http{{ end -}}
{{- end -}}

{{/* One probe. A probe's deadline is a second, and the service answers within it. Takes: root, path. */}}
{{- define "registration-api.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
  scheme: {{ include "registration-api.scheme" .root | upper }}
timeoutSeconds: 1
{{- end -}}
