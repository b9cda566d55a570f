{{- define "postroom.name" -}}
{{- printf "%s-postroom" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "postroom.selector" -}}
app.kubernetes.io/name: postroom
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
{{- define "postroom.labels" -}}
{{ include "postroom.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
{{- define "postroom.secret" -}}
{{- .Values.existingSecret | default (include "postroom.name" .) -}}
{{- end -}}
{{- define "postroom.account" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "postroom.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
