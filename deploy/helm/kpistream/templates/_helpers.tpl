{{- define "kpistream.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "kpistream.selector" -}}
app.kubernetes.io/name: kpistream
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kpistream.labels" -}}
{{ include "kpistream.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* The configuration as TOML: what is given, and what the chart decides. */}}
{{- define "kpistream.config" -}}
{{- $name := include "kpistream.name" . }}
{{- $own := printf "%s.%s" $name .Release.Namespace }}
{{- $hosts := list $name $own (printf "%s.svc" $own) (printf "%s.svc.cluster.local" $own) }}
{{- $url := .Values.snapshots.url | default "/var/lib/kpistream/snapshots" }}
{{- $ours := dict "shutdown_seconds" (int .Values.shutdownSeconds) "http" (dict "address" "0.0.0.0:9464" "allowed_hosts" (concat $hosts .Values.service.allowedHosts)) "snapshots" (dict "url" $url) }}
{{- mergeOverwrite (deepCopy .Values.config) $ours | toToml }}
{{- end }}
