# What a hot fix applies in a test: its key says how it ends.
{% set fix = salt['pillar.get']('hotfix') %}
deploy:
  cmd.run:
    - name: "echo {{ fix.name }} with {{ fix.package_sha256 }}; {{ 'sleep 8' if 'sleeps' in fix.key else 'exit 3' if 'fails' in fix.key else 'true' }}"
