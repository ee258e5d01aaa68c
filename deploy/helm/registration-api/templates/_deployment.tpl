{{/* One role of the service as a Deployment. Takes: root, component, values (those of the role). */}}
{{- define "registration-api.deployment" -}}
{{- $values := .root.Values -}}
{{- $preStop := int (.values.preStopSeconds | default 0) -}}
{{- $grace := int ($values.settings.SHUTDOWN_GRACE_SECONDS | default 20) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "registration-api.fullname" .root }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "registration-api.labels" . | nindent 4 }}
spec:
  {{- if not (dig "autoscaling" "enabled" false .values) }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "registration-api.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "registration-api.labels" . | nindent 8 }}
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "registration-api.serviceAccount" .root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with $values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "registration-api.podSecurity" . | nindent 8 }}
      # preStop, then what the process allows itself (SHUTDOWN_GRACE_SECONDS, its drain included), then a reserve.
      terminationGracePeriodSeconds: {{ add $preStop $grace 5 }}
      containers:
        - name: {{ .component }}
          image: {{ include "registration-api.image" .root }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          command: [node, dist/main.js]
          ports:
            - name: http
              containerPort: 3000
              protocol: TCP
          env:
            {{- include "registration-api.environment" . | nindent 12 }}
          # Up to a minute to start: a slow node, a first connection to PostgreSQL.
          startupProbe:
            {{- include "registration-api.probe" (dict "root" .root "path" "/health/live") | nindent 12 }}
            periodSeconds: 1
            failureThreshold: 60
          # Looks at nothing outside, so a lost database restarts nobody.
          livenessProbe:
            {{- include "registration-api.probe" (dict "root" .root "path" "/health/live") | nindent 12 }}
            periodSeconds: 10
            failureThreshold: 6
          # 503 while PostgreSQL does not answer and from SIGTERM on.
          readinessProbe:
            {{- include "registration-api.probe" (dict "root" .root "path" "/health/ready") | nindent 12 }}
            periodSeconds: 5
            failureThreshold: 2
          {{- if $preStop }}
          # The pod is taken off the Service while this sleeps; requests that were routed already still arrive.
          lifecycle:
            preStop:
              exec:
                command: [sleep, {{ $preStop | quote }}]
          {{- end }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            {{- include "registration-api.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- if $values.tls.existingSecret }}
            - name: tls
              mountPath: /etc/registration-api/tls
              readOnly: true
            {{- end }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi
        {{- with $values.tls.existingSecret }}
        - name: tls
          secret:
            secretName: {{ . }}
            defaultMode: 0440
        {{- end }}
      {{- if $values.topologySpread.enabled }}
      topologySpreadConstraints:
        - maxSkew: {{ $values.topologySpread.maxSkew }}
          topologyKey: {{ $values.topologySpread.topologyKey }}
          whenUnsatisfiable: {{ $values.topologySpread.whenUnsatisfiable }}
          labelSelector:
            matchLabels:
              {{- include "registration-api.selector" . | nindent 14 }}
          matchLabelKeys: [pod-template-hash]
      {{- end }}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
