# Two images from one file: the desk ("app", the last stage) and the assistant ("assistant").
#   docker build -t wasl .
#   docker build -t wasl-assistant --target assistant .

# --- the two interfaces ---------------------------------------------------------------------------
FROM node:24-slim AS interfaces
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY ticketing/inbox/package.json ticketing/inbox/
COPY channels/webchat/widget/package.json channels/webchat/widget/
RUN npm ci --workspace=ticketing/inbox --workspace=channels/webchat/widget
COPY ticketing/inbox ticketing/inbox
COPY channels/webchat/widget channels/webchat/widget
RUN npm run build --workspace=ticketing/inbox --workspace=channels/webchat/widget

# --- the assistant: Rasa, trained when the image is built -------------------------------------------
FROM python:3.10-slim AS assistant
ENV PYTHONUNBUFFERED=1 RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 PYTHONWARNINGS=ignore \
    PYTHONPATH=/wasl RASA_CACHE_DIRECTORY=/tmp/rasa-cache MPLCONFIGDIR=/tmp/matplotlib
COPY requirements/tools.txt requirements/rasa.txt /requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps -r /requirements/tools.txt \
 && uv pip install --system --no-deps --no-cache --compile-bytecode --require-hashes /requirements/rasa.txt
COPY bot/assistant/tensorflow_stub.py /usr/local/lib/python3.10/site-packages/wasl_tensorflow_stub.py
RUN echo "import wasl_tensorflow_stub; wasl_tensorflow_stub.install()" \
    > /usr/local/lib/python3.10/site-packages/wasl_tensorflow_stub.pth
WORKDIR /wasl
COPY bot bot
COPY knowledge_base knowledge_base
WORKDIR /wasl/bot/assistant
RUN python -m rasa train --force --out /model --fixed-model-name model && rm -rf /tmp/rasa-cache .rasa
RUN useradd --system --no-create-home wasl
USER wasl
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5005/webhooks/platform/', timeout=2)"]
CMD ["python", "-m", "rasa", "run", "-i", "0.0.0.0", "-p", "5005", "--model", "/model/model.tar.gz", \
     "--credentials", "credentials.yml", "--endpoints", "endpoints.yml"]

# --- the desk --------------------------------------------------------------------------------------
FROM python:3.11-slim AS app
ENV PYTHONUNBUFFERED=1 WASL_HOST=0.0.0.0 WASL_PORT=8080 WASL_DATA=/data
COPY requirements/tools.txt requirements/main.txt /requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps -r /requirements/tools.txt \
 && uv pip install --system --no-deps --no-cache --compile-bytecode --require-hashes /requirements/main.txt
WORKDIR /wasl
COPY pyproject.toml LICENSE ./
COPY channels channels
COPY ticketing ticketing
COPY knowledge_base knowledge_base
COPY bot bot
COPY config config
COPY --from=interfaces /src/ticketing/inbox/dist ticketing/inbox/dist
COPY --from=interfaces /src/channels/webchat/widget/dist channels/webchat/widget/dist
RUN useradd --system --no-create-home wasl && mkdir /data && chown wasl /data
USER wasl
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["python", "-m", "config.cli", "serve"]
