# Migrator in a container: one program that serves the pages and does the work.
# Build and start it with `docker compose up --build` (docker-compose.yml says what it is given).

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# The project files first: packages are fetched again only when one of these changes.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/Migrator.Core/Migrator.Core.csproj src/Migrator.Core/packages.lock.json src/Migrator.Core/
COPY src/Migrator.Jobs/Migrator.Jobs.csproj src/Migrator.Jobs/packages.lock.json src/Migrator.Jobs/
COPY src/Migrator.Web/Migrator.Web.csproj src/Migrator.Web/packages.lock.json src/Migrator.Web/
RUN dotnet restore src/Migrator.Web --locked-mode
COPY .editorconfig ./
COPY src src
# With machine code in it the program starts faster; where the compiler for that cannot be had (another processor than x64), without.
RUN dotnet publish src/Migrator.Web -c Release -o /app -p:RestoreLockedMode=true -p:PublishReadyToRun=true \
    || { rm -rf /app; dotnet publish src/Migrator.Web -c Release -o /app -p:RestoreLockedMode=true; }
# "migrator verify" natively (decision 0006), which the program hands over to where it lies beside it; without, it does the same in more time.
RUN { apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
      && dotnet publish src/Migrator.Verify -c Release -o /native -p:RestoreLockedMode=true -p:Native=true --artifacts-path /tmp/native \
      && cp /native/migrator-verify /app/; } || echo "No native verify in this image: migrator verify takes longer."

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# The folders that volumes cover: a new volume takes over their owner.
RUN mkdir /data /vault && chown "$APP_UID" /data /vault && chmod 700 /data /vault
COPY --from=build /app /app
WORKDIR /app
USER $APP_UID
VOLUME /data /vault
EXPOSE 5210
ENV Migrator__Data=/data \
    # Inside a container every address but its own loopback is "remote"; who may come in is decided where the port is published.
    Migrator__Url=http://0.0.0.0:5210 \
    Migrator__Door__AllowRemote=true
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5210; printf 'GET /health/ready HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3; \
         read -r line <&3; [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["dotnet", "/app/migrator.dll"]
