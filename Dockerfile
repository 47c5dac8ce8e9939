# The voice agent: for a container engine, and for Home Assistant's Supervisor as an app.
FROM python:3.14-slim-trixie AS packages
COPY agent_server/requirements-image.lock /
# Packages only: an update of the agent downloads this layer, with its models, again only if it
# has changed.
RUN python3 -m venv /opt/agent \
 && /opt/agent/bin/pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes \
      --requirement /requirements-image.lock \
 && /opt/agent/bin/pip uninstall --yes pip

FROM python:3.14-slim-trixie
COPY --from=packages /opt/agent /opt/agent
COPY agent_server /opt/agent_server/agent_server
COPY LICENSE /opt/agent_server/
ENV PATH=/opt/agent/bin:$PATH PYTHONPATH=/opt/agent_server PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_OFFLINE=1 HOME=/data
RUN echo "agent:x:1000:1000::/data:/usr/sbin/nologin" >>/etc/passwd \
 && mkdir /data && chown 1000:1000 /data \
 && python -m compileall -q /opt/agent_server /opt/agent/lib
VOLUME /data
EXPOSE 8765
# The base image has tzdata: `TZ`, or a mounted /etc/localtime, sets the agent's time zone.
# Root only reads the app's options, prepares the state folder and becomes user 1000. If another
# user starts the agent, it stays that user.
ENTRYPOINT ["python", "-m", "agent_server", "--host", "0.0.0.0", "--state-dir", "/data/agent", "--run-as", "1000", "--app-options", "/data/options.json"]
# At the first start, models may be downloaded.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10m --retries=3 \
  CMD ["python", "-m", "agent_server.healthcheck"]
ARG VERSION=0
LABEL io.hass.type="app" io.hass.version=$VERSION \
  org.opencontainers.image.source="https://github.com/ha-playai/ha-playai" \
  org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later"
