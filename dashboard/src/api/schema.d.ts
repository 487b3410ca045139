// Generated from /openapi.json by openapi-typescript; see server/src/platform/http/openapi.int.test.ts.
export interface paths {
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The audit log, newest first */
        get: operations["getAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest entry and its hash, to be kept elsewhere
         * @description `eviltwin audit verify --anchor SEQ:HASH` proves that nothing up to it was changed since.
         */
        get: operations["getAuditHead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in */
        post: operations["postAuthLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a refresh token, once */
        post: operations["postAuthRefresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this login */
        post: operations["postAuthLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who I am */
        get: operations["getAuthMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change my password */
        post: operations["postAuthPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My logins, those that were used last first */
        get: operations["getAuthSessions"];
        put?: never;
        post?: never;
        /** End my logins but for this one */
        delete: operations["deleteAuthSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of my logins */
        delete: operations["deleteAuthSessionsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users by name */
        get: operations["getUsers"];
        put?: never;
        /** Add a user */
        post: operations["postUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change role, password or state */
        patch: operations["patchUsersById"];
        trace?: never;
    };
    "/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API and sensor keys, newest first */
        get: operations["getApiKeys"];
        put?: never;
        /** Make a key; it is shown this once */
        post: operations["postApiKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key */
        delete: operations["deleteApiKeysById"];
        options?: never;
        head?: never;
        /**
         * Change which sensors a key may speak for
         * @description Replicas follow within 5 seconds. What was quarantined with the reason `sensor_mismatch` may be replayed afterwards.
         */
        patch: operations["patchApiKeysById"];
        trace?: never;
    };
    "/api-keys/{id}/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sensors that a key sent records of: refused ones, and those of a key that may speak for any */
        get: operations["getApiKeysByIdSensors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Threat alerts, newest first */
        get: operations["getAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert with its history */
        get: operations["getAlertsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Acknowledge, resolve, reopen, assign or comment */
        patch: operations["patchAlertsById"];
        trace?: never;
    };
    "/alerts/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge many */
        post: operations["postAlertsAcknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is announced, and what was kept quiet */
        get: operations["getAlertsPolicy"];
        /** Change what is announced */
        put: operations["putAlertsPolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/mutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mute a source or a sensor */
        post: operations["postAlertsMutes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/mutes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a mute */
        delete: operations["deleteAlertsMutesById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/ws-ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Admission to WS /ws/alerts, once */
        post: operations["postAuthWsTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where alerts are sent, with the state of each */
        get: operations["getChannels"];
        put?: never;
        /** Add a channel */
        post: operations["postChannels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a channel and its messages */
        delete: operations["deleteChannelsById"];
        options?: never;
        head?: never;
        /**
         * Change a channel
         * @description `settings` are replaced whole, with their secret.
         */
        patch: operations["patchChannelsById"];
        trace?: never;
    };
    "/channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test message now */
        post: operations["postChannelsByIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages to channels, newest first; the dead ones are those that were given up */
        get: operations["getChannelsDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels/deliveries/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try dead messages again */
        post: operations["postChannelsDeliveriesRetry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scoring": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What judges sessions now, and how far they are from those it was trained on */
        get: operations["getScoring"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How long data is kept */
        get: operations["getRetention"];
        /**
         * Change how long data is kept
         * @description In effect within the hour. 409 while the environment of the server says it.
         */
        put: operations["putRetention"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send what a sensor saw
         * @description One event (a JSON object), an array, or NDJSON; Content-Encoding may be gzip, x-gzip, deflate, br, zstd. Answered after the durable commit; sending the same again does no harm.
         */
        post: operations["postLog"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Splunk HEC: events in envelopes */
        post: operations["postServicesCollector"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/event": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Splunk HEC: events in envelopes */
        post: operations["postServicesCollectorEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/event/1.0": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Splunk HEC: events in envelopes */
        post: operations["postServicesCollectorEvent10"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Splunk HEC: a record a line */
        post: operations["postServicesCollectorRaw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/raw/1.0": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Splunk HEC: a record a line */
        post: operations["postServicesCollectorRaw10"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/ack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Splunk HEC: what is durable */
        post: operations["postServicesCollectorAck"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Splunk HEC: whether events can be sent */
        get: operations["getServicesCollectorHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Records that are no events */
        get: operations["getQuarantine"];
        put?: never;
        post?: never;
        /**
         * Delete the quarantined records that match
         * @description At most 10,000 records a call, the oldest first; call again while `more` is true.
         */
        delete: operations["deleteQuarantine"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quarantine/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much the quarantine holds, of which key, and what was evicted */
        get: operations["getQuarantineUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quarantine/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many quarantined records match */
        get: operations["getQuarantinePreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quarantine/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A quarantined record, with the first and last 4 KiB of it */
        get: operations["getQuarantineById"];
        put?: never;
        post?: never;
        /** Delete a quarantined record */
        delete: operations["deleteQuarantineById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quarantine/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try quarantined records again
         * @description At most 1,000 records and 8 MiB a call; call again with `next_cursor` until it is null.
         */
        post: operations["postQuarantineReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sessions, newest first */
        get: operations["getSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the sessions that match are distributed */
        get: operations["getSessionsFacets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything about one session
         * @description With the first page of its events, of at most 1 MiB of text; `GET /sessions/{id}/events` gives the others. `left_out` counts what long sessions have beyond what is shown.
         */
        get: operations["getSessionsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events of one session, in the order they happened
         * @description A page has at most `limit` events, and ends earlier at 1 MiB of text. Ask again with `cursor` until `next_cursor` is null.
         */
        get: operations["getSessionsByIdEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/attackers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attackers */
        get: operations["getAttackers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/attackers/{ip}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Profile of one attacker */
        get: operations["getAttackersByIp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/score/{ip}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Current score of one address */
        get: operations["getScoreByIp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sensors, the one heard last first */
        get: operations["getSensors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dashboard/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last 24 hours in numbers */
        get: operations["getDashboardStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dashboard/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events and sessions by level over time */
        get: operations["getDashboardTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dashboard/top-attackers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The busiest or gravest attackers */
        get: operations["getDashboardTopAttackers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dashboard/attack-matrix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** MITRE ATT&CK techniques that sessions showed */
        get: operations["getDashboardAttackMatrix"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dashboard/countries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where attackers come from */
        get: operations["getDashboardCountries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Canary tokens, newest first */
        get: operations["getCanaryTokens"];
        put?: never;
        /** Make a canary token */
        post: operations["postCanaryTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token and its bait */
        get: operations["getCanaryTokensById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename, enable or disable a token */
        patch: operations["patchCanaryTokensById"];
        trace?: never;
    };
    "/canary/tokens/{id}/hits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who touched a token, newest first */
        get: operations["getCanaryTokensByIdHits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A canary was touched (signed)
         * @description `X-Canary-Signature: sha256=<hex>`: HMAC-SHA256 of the raw body with CANARY_WEBHOOK_SECRET. The body is an event with a `timestamp` that is minutes old at most. Each message is accepted once.
         */
        post: operations["postCanaryWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/hooks/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A canary of another system was touched (secret path) */
        post: operations["postCanaryHooksByToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ai/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the LLM answers */
        get: operations["getAiStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ai/analyze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Analyse a session
         * @description By the LLM where it answers and the daily quota allows it, else by rules (`source`, `fallback`); 200 either way.
         */
        post: operations["postAiAnalyze"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ai/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask about a session
         * @description Server-sent events: `text` with a line of the answer as JSON, then `done`, or `failed` when the LLM ends in the middle. 429 once the daily quota of the LLM is used up.
         */
        post: operations["postAiChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/blocklist.txt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Source addresses to block, one a line */
        get: operations["getFeedsBlocklistTxt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/stix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Indicators as a STIX 2.1 bundle */
        get: operations["getFeedsStix"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/iocs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Indicators of a time range, as JSON, CSV, STIX 2.1 or a MISP event */
        get: operations["getFeedsIocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/iocs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Indicators of one session, as JSON, CSV, STIX 2.1 or a MISP event
         * @description What the session only named, and what is never listed, is there as context.
         */
        get: operations["getSessionsByIdIocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest candidates of the feeds, listed or withheld, with the reason */
        get: operations["getFeedsPreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a value is in the feeds, or why it is not */
        get: operations["getFeedsExplain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/never-block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The lists of what no export names */
        get: operations["getFeedsNeverBlock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/allowlist": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people keep out of the feeds */
        get: operations["getFeedsAllowlist"];
        put?: never;
        /**
         * Keep an address, a network, a domain, a URL or a file out of every feed, from now on
         * @description Networks wider than /16 (IPv6: /32) need the role admin.
         */
        post: operations["postFeedsAllowlist"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds/allowlist/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Let the feeds name it again */
        delete: operations["deleteFeedsAllowlistById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/slos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Service level objectives as they stand */
        get: operations["getSlos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/slos/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One objective with the history of its budget */
        get: operations["getSlosById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The golden signals of the last minutes */
        get: operations["getOpsSignals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Operational alerts: every rule and how it stands */
        get: operations["getOpsAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/alerts/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the operational alerts did, newest first */
        get: operations["getOpsAlertsHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that somebody looks after it */
        post: operations["postOpsAlertsByIdAcknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Silences and maintenance windows */
        get: operations["getOpsSilences"];
        put?: never;
        /** Silence a rule, or all of them for a maintenance window */
        post: operations["postOpsSilences"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/silences/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a silence */
        delete: operations["deleteOpsSilencesById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/log-level": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Level of the log */
        get: operations["getOpsLogLevel"];
        /** Change the level of the log of this replica, until it restarts */
        put: operations["putOpsLogLevel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runbooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What to do when an operational alert fires */
        get: operations["getRunbooksById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ops/review": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The weekly health review
         * @description `format=markdown` answers text/markdown.
         */
        get: operations["getOpsReview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State of the platform */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: operations["getHealthLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests can be served */
        get: operations["getHealthReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description OpenMetrics with exemplars for whoever accepts it, else the Prometheus text format.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AiStatus: {
            available: boolean;
            model: string;
            provider: string;
            message: string;
        };
        Alert: {
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["AlertKind"];
            threat_level: components["schemas"]["AlertLevel"];
            threat_score: number;
            /** Format: uuid */
            session_id: string;
            source_ip: string;
            sensor_id: string;
            sensor_kind: components["schemas"]["SensorKind"];
            reasons: {
                name: string;
                contribution: number;
            }[];
            detail: string | null;
            first_of_attacker: boolean;
            occurred_at: components["schemas"]["Timestamp"];
            event_received_at: components["schemas"]["Timestamp"];
            raised_at: components["schemas"]["Timestamp"];
            last_occurrence_at: components["schemas"]["Timestamp"];
            occurrence_count: number;
            source_count: number;
            state: components["schemas"]["AlertState"];
            assignee: string | null;
            suppressed_by: components["schemas"]["Suppression"] | null;
            suppressed_because: string | null;
            campaign_alert_id: string | null;
        };
        /** @enum {string} */
        AlertAction: "raised" | "acknowledged" | "resolved" | "reopened" | "assigned" | "commented";
        AlertDetail: {
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["AlertKind"];
            threat_level: components["schemas"]["AlertLevel"];
            threat_score: number;
            /** Format: uuid */
            session_id: string;
            source_ip: string;
            sensor_id: string;
            sensor_kind: components["schemas"]["SensorKind"];
            reasons: {
                name: string;
                contribution: number;
            }[];
            detail: string | null;
            first_of_attacker: boolean;
            occurred_at: components["schemas"]["Timestamp"];
            event_received_at: components["schemas"]["Timestamp"];
            raised_at: components["schemas"]["Timestamp"];
            last_occurrence_at: components["schemas"]["Timestamp"];
            occurrence_count: number;
            source_count: number;
            state: components["schemas"]["AlertState"];
            assignee: string | null;
            suppressed_by: components["schemas"]["Suppression"] | null;
            suppressed_because: string | null;
            campaign_alert_id: string | null;
            history: components["schemas"]["AlertHistoryEntry"][];
            sources: string[];
        };
        AlertHistoryEntry: {
            at: components["schemas"]["Timestamp"];
            actor: string | null;
            action: components["schemas"]["AlertAction"];
            detail: string | null;
        };
        /** @enum {string} */
        AlertKind: "session" | "canary";
        /** @enum {string} */
        AlertLevel: "high" | "critical";
        AlertMute: {
            /** Format: uuid */
            id: string;
            source: string | null;
            sensor_id: string | null;
            reason: string;
            created_by: string;
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"];
        };
        AlertPatch: {
            state?: components["schemas"]["AlertState"];
            assignee?: string | null;
            comment?: string;
        };
        AlertPolicy: {
            minimum_level: components["schemas"]["AlertLevel"];
            mute_known_scanners: boolean;
            campaign_grouping: components["schemas"]["CampaignGrouping"];
            campaign_window_minutes: number;
        };
        AlertPolicyInput: {
            minimum_level: components["schemas"]["AlertLevel"];
            mute_known_scanners: boolean;
            campaign_grouping: components["schemas"]["CampaignGrouping"];
            campaign_window_minutes: number;
        };
        AlertPolicyState: {
            policy: components["schemas"]["AlertPolicy"];
            mutes: components["schemas"]["AlertMute"][];
            suppressed_24h: {
                [key: string]: number;
            };
        };
        /** @enum {string} */
        AlertState: "open" | "acknowledged" | "resolved";
        AnalyzeRequest: {
            /** Format: uuid */
            session_id: string;
        };
        ApiKey: {
            /** Format: uuid */
            id: string;
            name: string;
            scopes: components["schemas"]["KeyScope"][];
            kind: components["schemas"]["KeyKind"] | null;
            sensor_id: string | null;
            sensor_ids: string[] | null;
            any_sensor: boolean;
            bound_by: ("operator" | "first_use") | null;
            bound_at: components["schemas"]["Timestamp"] | null;
            refused_records: number;
            last_refused_at: components["schemas"]["Timestamp"] | null;
            prefix: string;
            created_at: components["schemas"]["Timestamp"];
            last_used_at: components["schemas"]["Timestamp"] | null;
            revoked_at: components["schemas"]["Timestamp"] | null;
        };
        AttackMatrix: {
            tactics: {
                name: string;
                techniques: {
                    id: string;
                    name: string;
                    sessions: number;
                    signals: string[];
                }[];
            }[];
        };
        Attacker: {
            source_ip: string;
            first_seen_at: components["schemas"]["Timestamp"];
            last_seen_at: components["schemas"]["Timestamp"];
            event_count: number;
            session_count: number;
            threat_score: number;
            threat_level: components["schemas"]["ThreatLevel"];
        };
        AttackerDetail: {
            source_ip: string;
            first_seen_at: components["schemas"]["Timestamp"];
            last_seen_at: components["schemas"]["Timestamp"];
            event_count: number;
            session_count: number;
            threat_score: number;
            threat_level: components["schemas"]["ThreatLevel"];
            geo: {
                country: string | null;
                asn: number | null;
                organization: string | null;
            };
            sensors: {
                sensor_id: string;
                sessions: number;
                last_seen_at: components["schemas"]["Timestamp"];
            }[];
            score_history: {
                /** Format: uuid */
                session_id: string;
                at: components["schemas"]["Timestamp"];
                threat_score: number;
                threat_level: components["schemas"]["ThreatLevel"];
            }[];
        };
        AuditActor: {
            kind: components["schemas"]["AuditActorKind"];
            id: string | null;
            name: string | null;
        };
        /** @enum {string} */
        AuditActorKind: "user" | "key" | "command" | "system" | "unknown";
        AuditDetail: {
            actor: components["schemas"]["AuditActor"];
            address: string | null;
            request_id: string | null;
            target: components["schemas"]["AuditTarget"];
            before: unknown;
            after: unknown;
            reason: string | null;
        };
        AuditEntry: {
            seq: number;
            at: components["schemas"]["Timestamp"];
            action: string;
            outcome: components["schemas"]["AuditOutcome"];
            actor_kind: components["schemas"]["AuditActorKind"];
            count: number;
            detail: components["schemas"]["AuditDetail"] | null;
            hash: string;
        };
        AuditHead: {
            seq: number;
            hash: string;
            at: components["schemas"]["Timestamp"] | null;
            unwritten: number;
            lost: number;
        };
        /** @enum {string} */
        AuditOutcome: "succeeded" | "refused";
        AuditTarget: {
            id: string | null;
            name: string | null;
        };
        BulkAcknowledge: {
            ids: string[];
            comment?: string;
        };
        BulkAcknowledged: {
            acknowledged: number;
            unchanged: number;
            unknown: string[];
        };
        BurnAlert: {
            long_window: string;
            short_window: string;
            factor: number;
            severity: components["schemas"]["OperationalSeverity"];
            minimum_events: number;
            long_rate: number | null;
            short_rate: number | null;
            firing: boolean;
        };
        BurnRate: {
            window: string;
            rate: number | null;
            good: number;
            total: number;
        };
        /** @enum {string} */
        CampaignGrouping: "off" | "source" | "behaviour";
        CanaryArtifact: {
            filename: string;
            media_type: string;
            content: string;
        };
        CanaryHit: {
            /** Format: uuid */
            event_id: string;
            /** Format: uuid */
            session_id: string;
            occurred_at: components["schemas"]["Timestamp"];
            source_ip: string;
            client: string | null;
            username: string | null;
            message: string | null;
        };
        CanaryHookAnswer: {
            /** @enum {string} */
            status: "processed" | "quarantined" | "ignored" | "counted";
        };
        /** @enum {string} */
        CanaryKind: "web_bug" | "link" | "aws_keys" | "document" | "login_form" | "canarytokens" | "opencanary";
        CanaryToken: {
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["CanaryKind"];
            name: string;
            enabled: boolean;
            sensor_id: string;
            url: string;
            created_by: string;
            created_at: components["schemas"]["Timestamp"];
            hit_count: number;
            visits_beyond_limit: number;
            last_hit_at: components["schemas"]["Timestamp"] | null;
        };
        CanaryTokenDetail: {
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["CanaryKind"];
            name: string;
            enabled: boolean;
            sensor_id: string;
            url: string;
            created_by: string;
            created_at: components["schemas"]["Timestamp"];
            hit_count: number;
            visits_beyond_limit: number;
            last_hit_at: components["schemas"]["Timestamp"] | null;
            artifact: components["schemas"]["CanaryArtifact"] | null;
            instructions: string;
        };
        CanaryTokenPatch: {
            enabled?: boolean;
            name?: string;
        };
        Channel: {
            /** Format: uuid */
            id: string;
            name: string;
            enabled: boolean;
            threat_alerts: boolean;
            operational_alerts: boolean;
            minimum_level: components["schemas"]["AlertLevel"];
            /** @enum {string} */
            digest: "off" | "hourly";
            settings: {
                /** @enum {string} */
                type: "webhook" | "slack" | "pagerduty" | "email" | "splunk_hec" | "alertmanager";
            } & {
                [key: string]: unknown;
            };
            has_secret: boolean;
            created_at: components["schemas"]["Timestamp"];
            pending: number;
            dead: number;
            last_delivered_at: components["schemas"]["Timestamp"] | null;
            last_error: string | null;
        };
        ChannelPatch: {
            name?: string;
            enabled?: boolean;
            threat_alerts?: boolean;
            operational_alerts?: boolean;
            minimum_level?: components["schemas"]["AlertLevel"];
            /** @enum {string} */
            digest?: "off" | "hourly";
            settings?: components["schemas"]["ChannelSettings"];
        };
        ChannelSettings: {
            /** @constant */
            type: "webhook";
            /** Format: uri */
            url: string;
            secret: string;
        } | {
            /** @constant */
            type: "slack";
            /** Format: uri */
            secret: string;
        } | {
            /** @constant */
            type: "pagerduty";
            /**
             * Format: uri
             * @default https://events.pagerduty.com/v2/enqueue
             */
            url?: string;
            secret: string;
        } | {
            /** @constant */
            type: "email";
            host: string;
            /** @default 587 */
            port?: number;
            /**
             * @default starttls
             * @enum {string}
             */
            tls?: "starttls" | "implicit" | "none";
            /** @default null */
            username?: string | null;
            /** @default null */
            secret?: string | null;
            /** Format: email */
            from: string;
            to: string[];
        } | {
            /** @constant */
            type: "splunk_hec";
            /** Format: uri */
            url: string;
            /** @default null */
            index?: string | null;
            secret: string;
        } | {
            /** @constant */
            type: "alertmanager";
            /** Format: uri */
            url: string;
            /** @default null */
            secret?: string | null;
        };
        ChannelTest: {
            delivered: boolean;
            detail: string;
            duration_ms: number;
        };
        ChatRequest: {
            /** Format: uuid */
            session_id: string;
            messages?: {
                /** @enum {string} */
                role: "user" | "assistant";
                content: string;
            }[];
            message?: string;
        };
        Countries: {
            items: {
                country: string;
                sessions: number;
                attackers: number;
            }[];
            unknown_sessions: number;
        };
        CreatedApiKey: {
            /** Format: uuid */
            id: string;
            name: string;
            scopes: components["schemas"]["KeyScope"][];
            kind: components["schemas"]["KeyKind"] | null;
            sensor_id: string | null;
            sensor_ids: string[] | null;
            any_sensor: boolean;
            bound_by: ("operator" | "first_use") | null;
            bound_at: components["schemas"]["Timestamp"] | null;
            refused_records: number;
            last_refused_at: components["schemas"]["Timestamp"] | null;
            prefix: string;
            created_at: components["schemas"]["Timestamp"];
            last_used_at: components["schemas"]["Timestamp"] | null;
            revoked_at: components["schemas"]["Timestamp"] | null;
            key: string;
        };
        DashboardStats: {
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            total_events: number;
            unique_attackers: number;
            active_sessions: number;
            total_sessions: number;
            sessions_by_level: {
                low: number;
                medium: number;
                high: number;
                critical: number;
            };
            alerts: {
                raised: number;
                raised_by_level: {
                    high: number;
                    critical: number;
                };
                open: number;
            };
            all_time: {
                events: number;
                sessions: number;
                attackers: number;
                newest_event_at: components["schemas"]["Timestamp"] | null;
            };
        };
        Delivery: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            channel_id: string;
            notice: components["schemas"]["Notice"];
            state: components["schemas"]["DeliveryState"];
            attempts: number;
            created_at: components["schemas"]["Timestamp"];
            next_attempt_at: components["schemas"]["Timestamp"];
            delivered_at: components["schemas"]["Timestamp"] | null;
            last_error: string | null;
        };
        DeliveryRetry: {
            ids?: string[];
            /** Format: uuid */
            channel_id?: string;
        };
        /** @enum {string} */
        DeliveryState: "pending" | "delivered" | "dead";
        Drift: {
            since: components["schemas"]["Timestamp"];
            sessions: number;
            verdict: components["schemas"]["DriftVerdict"];
            level_psi: number;
            features: {
                name: string;
                description: string;
                psi: number;
            }[];
        };
        /** @enum {string} */
        DriftVerdict: "stable" | "shifted" | "drifted";
        /** @enum {string} */
        DropReason: "no_evidence" | "empty" | "link" | "address" | "domain" | "hash" | "command" | "unsafe";
        EndedSessions: {
            ended: number;
        };
        Event: {
            /** Format: uuid */
            id: string;
            received_at: components["schemas"]["Timestamp"];
            occurred_at: components["schemas"]["Timestamp"];
            sensor_id: string;
            sensor_kind: components["schemas"]["SensorKind"];
            event_type: components["schemas"]["EventType"];
            action: string | null;
            outcome: components["schemas"]["Outcome"] | null;
            /** Format: uuid */
            session_id: string;
            source_ip: string;
            source_port: number | null;
            destination_ip: string | null;
            destination_port: number | null;
            protocol: string | null;
            username: string | null;
            password: string | null;
            command: string | null;
            url: string | null;
            file_sha256: string | null;
            client: string | null;
            message: string | null;
            raw: string | null;
        };
        /** @enum {string} */
        EventType: "connect" | "login_attempt" | "command" | "file_download" | "file_upload" | "proxy_request" | "exploit" | "canary" | "disconnect" | "other";
        /** @enum {string} */
        FallbackReason: "not_configured" | "unavailable" | "unusable_answer" | "user_quota" | "total_quota";
        FeedAllowance: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "network" | "domain" | "url" | "sha256";
            value: string;
            reason: string;
            created_by: string;
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"] | null;
        };
        FeedCheck: {
            /** @enum {string} */
            check: "evidence" | "never_block" | "score" | "sensors" | "keys" | "expiry";
            passed: boolean;
            detail: string;
        };
        FeedExplanation: {
            type: components["schemas"]["IocType"];
            value: string;
            listed: boolean;
            checks: components["schemas"]["FeedCheck"][];
            indicator: components["schemas"]["Indicator"] | null;
        };
        FeedPolicy: {
            minimum_score: number;
            minimum_sensors: number;
            minimum_keys: number;
            expiry_days: number;
            includes_documentation_addresses: boolean;
        };
        FeedPreview: {
            items: components["schemas"]["FeedExplanation"][];
            next_cursor: null;
            policy: components["schemas"]["FeedPolicy"];
        };
        /** @enum {string} */
        GapMethod: "same_hour_of_week" | "hour_before" | "every_minute" | "none";
        GoldenSignals: {
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            routes: components["schemas"]["RouteSignals"][];
            replicas: components["schemas"]["ReplicaSignals"][];
            alert_queue_depth: number;
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded" | "unavailable";
            reasons: string[];
            database: boolean;
            alert_queue_depth: number;
            model_loaded: boolean;
            uptime_seconds: number;
            version: string;
        };
        HealthReview: {
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            ingest_latency: {
                average_ms: components["schemas"]["Trend"];
                p95_ms: components["schemas"]["Trend"];
                requests: components["schemas"]["Trend"];
                daily_p95_ms: {
                    day: string;
                    p95_ms: number | null;
                    requests: number;
                }[];
                trending_up: boolean | null;
            };
            errors: {
                server_error_rate: components["schemas"]["Trend"];
                unanswered_rate: components["schemas"]["Trend"];
                kinds: {
                    level: string;
                    logger: string;
                    message: string;
                    this_week: number;
                    last_week: number;
                    new: boolean;
                }[];
            };
            auth: {
                failures: components["schemas"]["Trend"];
                failure_rate: components["schemas"]["Trend"];
                spikes: {
                    at: components["schemas"]["Timestamp"];
                    failures: number;
                }[];
            };
            llm: {
                availability: components["schemas"]["Trend"];
                analyses: components["schemas"]["Trend"];
                success_fraction: components["schemas"]["Trend"];
            };
            database_pool: {
                exhausted: components["schemas"]["Trend"];
                peak_use: {
                    [key: string]: {
                        peak: number;
                        max: number;
                    };
                };
                verdict: string;
            };
            slos: {
                name: string;
                state: string;
                compliance: number | null;
                budget_remaining: number | null;
            }[];
            operational_alerts: {
                name: string;
                fired: number;
            }[];
            channels: {
                given_up: components["schemas"]["Trend"];
                failing: {
                    name: string;
                    type: string;
                    error: string;
                }[];
            };
            findings: string[];
        };
        Indicator: {
            type: components["schemas"]["IocType"];
            value: string;
            first_seen_at: components["schemas"]["Timestamp"];
            last_seen_at: components["schemas"]["Timestamp"];
            threat_level: components["schemas"]["ThreatLevel"];
            threat_score: number;
            role: components["schemas"]["IndicatorRole"];
            sensor_count: number;
            key_count: number;
            expires_at: components["schemas"]["Timestamp"];
            context: boolean;
            reason: string;
        };
        /** @enum {string} */
        IndicatorFormat: "json" | "csv" | "stix" | "misp";
        IndicatorList: {
            items: components["schemas"]["Indicator"][];
            next_cursor: null;
        };
        /** @enum {string} */
        IndicatorRole: "source" | "download" | "mentioned" | "tunnel_target";
        IngestMany: {
            accepted: number;
            duplicates: number;
            quarantined: number;
            errors: {
                index: number;
                reason: components["schemas"]["RejectionReason"];
                detail: string;
            }[];
        };
        IngestOne: {
            /** Format: uuid */
            session_id: string;
            threat_score: number;
            threat_level: components["schemas"]["ThreatLevel"];
            /** @constant */
            status: "processed";
        };
        Ioc: {
            type: components["schemas"]["IocType"];
            value: string;
            event_ids: string[];
        };
        /** @enum {string} */
        IocType: "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" | "sha256";
        KeyBindingChange: {
            /** @constant */
            kind: "sensor";
            sensor_id: string | null;
        } | {
            /** @constant */
            kind: "collector";
            sensor_ids: string[] | null;
        };
        /** @enum {string} */
        KeyKind: "sensor" | "collector";
        /** @enum {string} */
        KeyScope: "ingest" | "score:read" | "feeds:read" | "metrics:read";
        KeySensor: {
            sensor_id: string | null;
            allowed: boolean;
            records: number;
            first_at: components["schemas"]["Timestamp"];
            last_at: components["schemas"]["Timestamp"];
        };
        /** @enum {string} */
        LogLevelName: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
        LoginRequest: {
            username: string;
            password: string;
            /** @default false */
            cookie?: boolean;
        };
        LoginSession: {
            /** Format: uuid */
            id: string;
            created_at: components["schemas"]["Timestamp"];
            last_used_at: components["schemas"]["Timestamp"] | null;
            expires_at: components["schemas"]["Timestamp"];
            address: string | null;
            user_agent: string | null;
            current: boolean;
        };
        /** Format: date-time */
        Moment: string;
        NeverBlockListInfo: {
            name: string;
            version: number;
            /** @enum {string} */
            category: "special-purpose" | "documentation" | "platform" | "operator" | "popular" | "hosting" | "scanner" | "allowlist";
            /** @enum {string} */
            type: "cidr" | "hostname" | "string";
            entries: number;
            source: string | null;
            date: string | null;
            licence: string | null;
        };
        NewAlertMute: {
            /** @default null */
            source?: string | null;
            /** @default null */
            sensor_id?: string | null;
            reason: string;
            /** @default null */
            expires_at?: components["schemas"]["Moment"] | null;
        };
        NewApiKey: {
            name: string;
            /**
             * @default [
             *       "ingest"
             *     ]
             */
            scopes?: components["schemas"]["KeyScope"][];
            /** @default sensor */
            kind?: components["schemas"]["KeyKind"];
            /** @default null */
            sensor_id?: string | null;
            sensor_ids?: string[] | null;
        };
        NewCanaryToken: {
            kind: components["schemas"]["CanaryKind"];
            name: string;
        };
        NewChannel: {
            name: string;
            /** @default true */
            enabled?: boolean;
            /** @default true */
            threat_alerts?: boolean;
            /** @default true */
            operational_alerts?: boolean;
            /** @default high */
            minimum_level?: components["schemas"]["AlertLevel"];
            /**
             * @default off
             * @enum {string}
             */
            digest?: "off" | "hourly";
            settings: components["schemas"]["ChannelSettings"];
        };
        NewFeedAllowance: {
            value: string;
            reason: string;
            /** @default null */
            expires_at?: string | null;
        };
        NewOpsSilence: {
            /** @default null */
            rule_id?: string | null;
            reason: string;
            starts_at?: components["schemas"]["Moment"];
            ends_at: components["schemas"]["Moment"];
        };
        NewUser: {
            username: string;
            password: string;
            /** @default analyst */
            role?: components["schemas"]["Role"];
        };
        Notice: {
            /** @constant */
            kind: "threat_alert";
            /** @enum {string} */
            status: "firing" | "acknowledged" | "resolved";
            alert: components["schemas"]["Alert"];
        } | {
            /** @constant */
            kind: "operational_alert";
            /** @enum {string} */
            status: "firing" | "acknowledged" | "resolved";
            rule: string;
            severity: components["schemas"]["OperationalSeverity"];
            summary: string;
            started_at: components["schemas"]["Timestamp"];
            ended_at: components["schemas"]["Timestamp"] | null;
            runbook_url: string | null;
            covers?: {
                rule: string;
                severity: components["schemas"]["OperationalSeverity"];
                summary: string;
                started_at: components["schemas"]["Timestamp"];
                runbook_url: string | null;
            }[];
        } | {
            /** @constant */
            kind: "digest";
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            raised: {
                [key: string]: number;
            };
            suppressed: {
                [key: string]: number;
            };
            newest: components["schemas"]["Alert"][];
        } | {
            /** @constant */
            kind: "review";
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            findings: string[];
            markdown: string;
        } | {
            /** @constant */
            kind: "test";
            sent_at: components["schemas"]["Timestamp"];
            message: string;
        };
        /** @enum {string} */
        OperationalSeverity: "low" | "medium" | "high" | "critical";
        OpsAlert: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "operational" | "slo";
            severity: components["schemas"]["OperationalSeverity"];
            description: string;
            detail: string | null;
            threshold: number;
            for_seconds: number;
            keep_firing_seconds: number;
            inhibited_by: string[];
            runbook_url: string;
            state: components["schemas"]["OpsState"];
            value: number | null;
            since: components["schemas"]["Timestamp"] | null;
            evaluated_at: components["schemas"]["Timestamp"] | null;
            acknowledged_by: string | null;
            silenced: boolean;
            inhibited: boolean;
        };
        OpsNotification: {
            channel: string;
            at: components["schemas"]["Timestamp"];
            /** @enum {string} */
            outcome: "pending" | "delivered" | "failed";
            detail: string | null;
        };
        OpsSilence: {
            /** Format: uuid */
            id: string;
            rule_id: string | null;
            reason: string;
            created_by: string;
            starts_at: components["schemas"]["Timestamp"];
            ends_at: components["schemas"]["Timestamp"];
        };
        /** @enum {string} */
        OpsState: "inactive" | "pending" | "firing" | "resolved";
        OpsTransition: {
            at: components["schemas"]["Timestamp"];
            rule_id: string;
            /** @enum {string} */
            event: "pending" | "firing" | "resolved" | "inactive" | "acknowledged";
            value: number | null;
            actor: string | null;
            told: boolean;
            notified: components["schemas"]["OpsNotification"][];
        };
        /** @enum {string} */
        Outcome: "success" | "failure";
        PasswordChange: {
            current_password: string;
            new_password: string;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            request_id: string;
            errors?: {
                pointer: string;
                message: string;
            }[];
        };
        QuarantineDeletionResult: {
            deleted: number;
            bytes: number;
            more: boolean;
        };
        QuarantineOwner: string | ("none" | "unknown");
        QuarantinePreview: {
            records: number;
            bytes: number;
            replayable: number;
            as_of: components["schemas"]["Timestamp"];
        };
        QuarantineReplay: {
            ids?: string[];
            reason?: components["schemas"]["RejectionReason"];
            sensor_id?: string;
            key_id?: components["schemas"]["QuarantineOwner"];
            from?: components["schemas"]["Moment"];
            to?: components["schemas"]["Moment"];
            cursor?: string;
        };
        QuarantineReplayResult: {
            replayed: number;
            still_quarantined: number;
            not_replayable: number;
            next_cursor: string | null;
        };
        QuarantineUsage: {
            max_bytes: number;
            max_bytes_per_key: number;
            records: number;
            bytes: number;
            evicted_records: number;
            evicted_bytes: number;
            last_evicted_at: components["schemas"]["Timestamp"] | null;
            keys: {
                key_id: components["schemas"]["QuarantineOwner"];
                key_name: string | null;
                key_prefix: string | null;
                records: number;
                bytes: number;
                evicted_records: number;
                evicted_bytes: number;
                last_evicted_at: components["schemas"]["Timestamp"] | null;
            }[];
        };
        QuarantinedRecord: {
            /** Format: uuid */
            id: string;
            received_at: components["schemas"]["Timestamp"];
            sensor_id: string | null;
            key_id: components["schemas"]["QuarantineOwner"];
            reason: components["schemas"]["RejectionReason"];
            detail: string;
            times_seen: number;
            size_bytes: number;
            sha256: string | null;
            replayable: boolean;
            excerpt: string;
            tail: string | null;
            /** @enum {string} */
            encoding: "utf-8" | "binary";
        };
        RefreshRequest: {
            refresh_token?: string;
        };
        /** @enum {string} */
        RejectionReason: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "sensor_mismatch";
        ReplicaSignals: {
            /** Format: uuid */
            id: string;
            host: string;
            version?: string;
            started_at: components["schemas"]["Timestamp"];
            seen_at: components["schemas"]["Timestamp"];
            leader: boolean;
            memory_bytes: number;
            memory_limit_bytes: number;
            event_loop_delay_p99_ms: number;
            ingest_queue: number;
            pools: {
                [key: string]: {
                    used: number;
                    max: number;
                    waiting: number;
                    peak_used: number;
                };
            };
            disk_free_bytes: number | null;
            clock_skew_ms?: number | null;
        };
        Retention: {
            retention_days: components["schemas"]["RetentionDays"];
            /** @enum {string} */
            set_by: "default" | "environment" | "settings";
            changed_by: string | null;
            changed_at: components["schemas"]["Timestamp"] | null;
            quarantine_max_bytes: number;
            min_free_disk_bytes: number;
            embedded_database: boolean;
        };
        RetentionChange: {
            retention_days: components["schemas"]["RetentionDays"];
        };
        RetentionDays: number;
        /** @enum {string} */
        Role: "viewer" | "analyst" | "admin";
        RouteSignals: {
            route: string;
            requests: number;
            requests_per_second: number;
            client_error_rate: number;
            server_error_rate: number;
            unanswered_rate: number;
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
        };
        Score: {
            source_ip: string;
            threat_score: number;
            threat_level: components["schemas"]["ThreatLevel"];
            last_seen_at: components["schemas"]["Timestamp"];
        };
        ScoreReason: {
            name: string;
            description: string;
            contribution: number;
            techniques: string[];
        };
        ScoringStatus: {
            model_loaded: boolean;
            scorer: string;
            trained_on: {
                sessions: number;
                labelled: number;
            } | null;
            drift: components["schemas"]["Drift"] | null;
        };
        Sensor: {
            sensor_id: string;
            sensor_kind: components["schemas"]["SensorKind"];
            first_seen_at: components["schemas"]["Timestamp"];
            last_seen_at: components["schemas"]["Timestamp"];
            last_received_at: components["schemas"]["Timestamp"];
            event_count: number;
            session_count: number;
            hourly_events: number[];
        };
        /** @enum {string} */
        SensorKind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
        SensorList: {
            items: components["schemas"]["Sensor"][];
            next_cursor: null;
        };
        Session: {
            /** Format: uuid */
            id: string;
            sensor_id: string;
            sensor_kind: components["schemas"]["SensorKind"];
            source_ip: string;
            country: string | null;
            protocols: string[];
            started_at: components["schemas"]["Timestamp"];
            last_seen_at: components["schemas"]["Timestamp"];
            ended_at: components["schemas"]["Timestamp"] | null;
            event_count: number;
            login_attempt_count: number;
            login_success_count: number;
            command_count: number;
            file_count: number;
            clients: string[];
            threat_score: number;
            threat_level: components["schemas"]["ThreatLevel"];
        };
        SessionDetail: {
            /** Format: uuid */
            id: string;
            sensor_id: string;
            sensor_kind: components["schemas"]["SensorKind"];
            source_ip: string;
            country: string | null;
            protocols: string[];
            started_at: components["schemas"]["Timestamp"];
            last_seen_at: components["schemas"]["Timestamp"];
            ended_at: components["schemas"]["Timestamp"] | null;
            event_count: number;
            login_attempt_count: number;
            login_success_count: number;
            command_count: number;
            file_count: number;
            clients: string[];
            threat_score: number;
            threat_level: components["schemas"]["ThreatLevel"];
            score: {
                scorer: string;
                reasons: components["schemas"]["ScoreReason"][];
            };
            techniques: {
                id: string;
                because: string[];
            }[];
            unread_characters: number;
            credentials: {
                occurred_at: components["schemas"]["Timestamp"];
                username: string | null;
                password: string | null;
                success: boolean;
            }[];
            commands: {
                /** Format: uuid */
                event_id: string;
                occurred_at: components["schemas"]["Timestamp"];
                command: string;
            }[];
            statements: {
                /** Format: uuid */
                event_id: string;
                statement: string;
                tactic: string;
                probability: number | null;
                techniques: string[];
            }[];
            files: {
                /** Format: uuid */
                event_id: string;
                occurred_at: components["schemas"]["Timestamp"];
                event_type: components["schemas"]["EventType"];
                url: string | null;
                file_sha256: string | null;
            }[];
            left_out: {
                credentials: number;
                commands: number;
                files: number;
                unanalysed_commands: number;
            };
            events: components["schemas"]["Event"][];
            next_cursor: string | null;
        };
        SessionFacets: {
            sessions: number;
            threat_level: {
                value: string;
                sessions: number;
            }[];
            sensor_id: {
                value: string;
                sessions: number;
            }[];
            protocol: {
                value: string;
                sessions: number;
            }[];
            country: {
                value: string;
                sessions: number;
            }[];
            signal: {
                value: string;
                sessions: number;
            }[];
        };
        /** @enum {string} */
        SeverityReason: "research_scanner" | "only_failed_logins" | "only_connections";
        SloDetail: {
            id: string;
            name: string;
            description: string;
            service: string;
            /** @enum {string} */
            kind: "availability" | "latency" | "time_slices";
            state: components["schemas"]["SloState"];
            target: number;
            window: string;
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            exhausted_at: components["schemas"]["Timestamp"] | null;
            compliance: number | null;
            measured: {
                good: number;
                total: number;
            };
            judged: {
                good: number;
                total: number;
            };
            population: {
                description: string;
                since: components["schemas"]["Timestamp"] | null;
                apart: {
                    /** @enum {string} */
                    population: "refused_quota" | "client_error" | "unauthenticated" | "unmeasured";
                    requests: number;
                }[];
            };
            literal: {
                good: number;
                total: number;
                compliance: number | null;
            } | null;
            gaps: {
                seconds: number;
                minutes: number;
                assumed_bad: number;
                low: number;
                high: number;
                intervals: {
                    from: components["schemas"]["Timestamp"];
                    to: components["schemas"]["Timestamp"];
                    assumed_bad: number;
                    low: number;
                    high: number;
                    method: components["schemas"]["GapMethod"];
                }[];
            };
            percentile: {
                quantile: number;
                value_ms: number;
                objective_ms: number;
            } | null;
            budget: {
                allowed: number;
                consumed: number | null;
                remaining: number | null;
            };
            burn_rates: components["schemas"]["BurnRate"][];
            burn_alerts: components["schemas"]["BurnAlert"][];
            absence: {
                after_minutes: number;
                last_event_at: components["schemas"]["Timestamp"] | null;
                firing: boolean;
            };
            explanation: string[];
            history: {
                at: components["schemas"]["Timestamp"];
                compliance: number | null;
                budget_remaining: number | null;
                good: number;
                total: number;
                assumed_bad: number;
            }[];
            openslo: string;
        };
        /** @enum {string} */
        SloState: "met" | "at_risk" | "breached" | "no_data";
        SloStatus: {
            id: string;
            name: string;
            description: string;
            service: string;
            /** @enum {string} */
            kind: "availability" | "latency" | "time_slices";
            state: components["schemas"]["SloState"];
            target: number;
            window: string;
            from: components["schemas"]["Timestamp"];
            to: components["schemas"]["Timestamp"];
            exhausted_at: components["schemas"]["Timestamp"] | null;
            compliance: number | null;
            measured: {
                good: number;
                total: number;
            };
            judged: {
                good: number;
                total: number;
            };
            population: {
                description: string;
                since: components["schemas"]["Timestamp"] | null;
                apart: {
                    /** @enum {string} */
                    population: "refused_quota" | "client_error" | "unauthenticated" | "unmeasured";
                    requests: number;
                }[];
            };
            literal: {
                good: number;
                total: number;
                compliance: number | null;
            } | null;
            gaps: {
                seconds: number;
                minutes: number;
                assumed_bad: number;
                low: number;
                high: number;
                intervals: {
                    from: components["schemas"]["Timestamp"];
                    to: components["schemas"]["Timestamp"];
                    assumed_bad: number;
                    low: number;
                    high: number;
                    method: components["schemas"]["GapMethod"];
                }[];
            };
            percentile: {
                quantile: number;
                value_ms: number;
                objective_ms: number;
            } | null;
            budget: {
                allowed: number;
                consumed: number | null;
                remaining: number | null;
            };
            burn_rates: components["schemas"]["BurnRate"][];
            burn_alerts: components["schemas"]["BurnAlert"][];
            absence: {
                after_minutes: number;
                last_event_at: components["schemas"]["Timestamp"] | null;
                firing: boolean;
            };
            explanation: string[];
        };
        /** @enum {string} */
        Suppression: "mute" | "minimum_level" | "known_scanner" | "campaign";
        /** @enum {string} */
        ThreatLevel: "low" | "medium" | "high" | "critical";
        Timeline: {
            /** @enum {string} */
            interval: "minute" | "hour";
            buckets: {
                at: components["schemas"]["Timestamp"];
                events: number;
                low: number;
                medium: number;
                high: number;
                critical: number;
            }[];
        };
        Timestamp: string;
        TokenPair: {
            access_token: string;
            refresh_token: string | null;
            /** @constant */
            token_type: "Bearer";
            expires_in: number;
        };
        TopAttackers: {
            items: {
                source_ip: string;
                events: number;
                sessions: number;
                threat_score: number;
                threat_level: components["schemas"]["ThreatLevel"];
                last_seen_at: components["schemas"]["Timestamp"];
            }[];
        };
        Trend: {
            this_week: number | null;
            last_week: number | null;
            change: number | null;
        };
        Triage: {
            /** Format: uuid */
            session_id: string;
            /** @enum {string} */
            source: "llm" | "rules";
            available: boolean;
            model: string | null;
            fallback: {
                reason: components["schemas"]["FallbackReason"];
                detail: string;
                retry_at: components["schemas"]["Timestamp"] | null;
            } | null;
            summary: string;
            severity: components["schemas"]["ThreatLevel"];
            severity_check: {
                llm: components["schemas"]["ThreatLevel"];
                rules: components["schemas"]["ThreatLevel"];
                /** @enum {string} */
                outcome: "raised" | "accepted";
                reason: components["schemas"]["SeverityReason"] | null;
            } | null;
            techniques: components["schemas"]["TriageTechnique"][];
            iocs: components["schemas"]["Ioc"][];
            recommended_actions: string[];
            evidence: {
                /** Format: uuid */
                event_id: string;
                occurred_at: components["schemas"]["Timestamp"];
                what: string;
            }[];
            dropped: {
                techniques: number;
                iocs: number;
                claims: number;
                actions: number;
            };
            drop_reasons: {
                reason: components["schemas"]["DropReason"];
                count: number;
            }[];
            left_out: {
                events: number;
            };
        };
        TriageTechnique: {
            id: string;
            name: string;
            event_ids: string[];
        };
        User: {
            /** Format: uuid */
            id: string;
            username: string;
            role: components["schemas"]["Role"];
            disabled: boolean;
            created_at: components["schemas"]["Timestamp"];
            last_login_at: components["schemas"]["Timestamp"] | null;
            must_change_password: boolean;
        };
        UserPatch: {
            role?: components["schemas"]["Role"];
            password?: string;
            disabled?: boolean;
        };
        WsTicket: {
            ticket: string;
            expires_in: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAudit: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                action?: string;
                actor?: string;
                outcome?: components["schemas"]["AuditOutcome"];
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEntry"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAuditHead: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditHead"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
                "application/x-www-form-urlencoded": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthRefresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAuthMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAuthSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["LoginSession"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAuthSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAuthSessionsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUsers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["User"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchUsersById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ApiKey"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiKeysById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchApiKeysById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyBindingChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiKeysByIdSensors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["KeySensor"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlerts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                count?: string;
                state?: components["schemas"]["AlertState"];
                threat_level?: components["schemas"]["ThreatLevel"];
                kind?: components["schemas"]["AlertKind"];
                src_ip?: string;
                sensor_id?: string;
                session_id?: string;
                assignee?: string;
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
                suppressed?: string;
                min_level?: components["schemas"]["ThreatLevel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Alert"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlertsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchAlertsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertPatch"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAlertsAcknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkAcknowledge"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkAcknowledged"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlertsPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPolicyState"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putAlertsPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertPolicyInput"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPolicyState"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAlertsMutes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAlertMute"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertMute"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAlertsMutesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthWsTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WsTicket"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Channel"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewChannel"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteChannelsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchChannelsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelPatch"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChannelsByIdTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTest"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChannelsDeliveries: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                count?: string;
                channel_id?: string;
                state?: components["schemas"]["DeliveryState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Delivery"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChannelsDeliveriesRetry: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeliveryRetry"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        retried: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getScoring: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScoringStatus"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetentionChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postLog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestOne"] | components["schemas"]["IngestMany"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postServicesCollector: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
        };
    };
    postServicesCollectorEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
        };
    };
    postServicesCollectorEvent10: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
        };
    };
    postServicesCollectorRaw: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
        };
    };
    postServicesCollectorRaw10: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
        };
    };
    postServicesCollectorAck: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        acks: {
                            [key: string]: boolean;
                        };
                    };
                };
            };
        };
    };
    getServicesCollectorHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        text: string;
                        code: number;
                        ackId?: number;
                        "invalid-event-number"?: number;
                    };
                };
            };
        };
    };
    getQuarantine: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                count?: string;
                reason?: components["schemas"]["RejectionReason"];
                sensor_id?: string;
                key_id?: components["schemas"]["QuarantineOwner"];
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["QuarantinedRecord"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteQuarantine: {
        parameters: {
            query?: {
                reason?: components["schemas"]["RejectionReason"];
                sensor_id?: string;
                key_id?: components["schemas"]["QuarantineOwner"];
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
                all?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantineDeletionResult"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQuarantineUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantineUsage"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQuarantinePreview: {
        parameters: {
            query?: {
                reason?: components["schemas"]["RejectionReason"];
                sensor_id?: string;
                key_id?: components["schemas"]["QuarantineOwner"];
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantinePreview"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQuarantineById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantinedRecord"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteQuarantineById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postQuarantineReplay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuarantineReplay"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantineReplayResult"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessions: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                count?: string;
                page?: number;
                threat_level?: components["schemas"]["ThreatLevel"];
                src_ip?: string;
                sensor_id?: string;
                protocol?: string;
                event_type?: components["schemas"]["EventType"];
                country?: string;
                signal?: string;
                technique?: string;
                active?: string;
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
                q?: string;
                /** @description Former name of `src_ip` */
                ip?: string;
                /** @description Former name of `sensor_id` */
                honeypot?: string;
                start_date?: components["schemas"]["Moment"];
                end_date?: components["schemas"]["Moment"];
                /** @description Former name of `limit` */
                page_size?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessionsFacets: {
        parameters: {
            query?: {
                threat_level?: components["schemas"]["ThreatLevel"];
                src_ip?: string;
                sensor_id?: string;
                protocol?: string;
                event_type?: components["schemas"]["EventType"];
                country?: string;
                signal?: string;
                technique?: string;
                active?: string;
                from?: components["schemas"]["Moment"];
                to?: components["schemas"]["Moment"];
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionFacets"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessionsById: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessionsByIdEvents: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Event"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAttackers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                count?: string;
                threat_level?: components["schemas"]["ThreatLevel"];
                src_ip?: string;
                from?: components["schemas"]["Moment"];
                sort?: "last_seen_at" | "event_count" | "threat_score";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Attacker"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAttackersByIp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ip: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttackerDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getScoreByIp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ip: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Score"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSensors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SensorList"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDashboardStats: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardStats"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDashboardTimeline: {
        parameters: {
            query?: {
                hours?: number;
                interval?: "minute" | "hour";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDashboardTopAttackers: {
        parameters: {
            query?: {
                hours?: number;
                limit?: number;
                by?: "events" | "score";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopAttackers"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDashboardAttackMatrix: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttackMatrix"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDashboardCountries: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Countries"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCanaryTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["CanaryToken"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postCanaryTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCanaryToken"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanaryTokenDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCanaryTokensById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanaryTokenDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchCanaryTokensById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CanaryTokenPatch"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanaryTokenDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCanaryTokensByIdHits: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["CanaryHit"][];
                        next_cursor: string | null;
                        total?: number;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postCanaryWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestOne"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postCanaryHooksByToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanaryHookAnswer"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAiStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AiStatus"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAiAnalyze: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnalyzeRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Triage"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAiChat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsBlocklistTxt: {
        parameters: {
            query?: {
                hours?: number;
                threat_level?: components["schemas"]["ThreatLevel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsStix: {
        parameters: {
            query?: {
                hours?: number;
                threat_level?: components["schemas"]["ThreatLevel"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsIocs: {
        parameters: {
            query?: {
                hours?: number;
                threat_level?: components["schemas"]["ThreatLevel"];
                format?: components["schemas"]["IndicatorFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndicatorList"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessionsByIdIocs: {
        parameters: {
            query?: {
                format?: components["schemas"]["IndicatorFormat"];
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndicatorList"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsPreview: {
        parameters: {
            query?: {
                hours?: number;
                threat_level?: components["schemas"]["ThreatLevel"];
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedPreview"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsExplain: {
        parameters: {
            query: {
                hours?: number;
                threat_level?: components["schemas"]["ThreatLevel"];
                value: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedExplanation"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsNeverBlock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["NeverBlockListInfo"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedsAllowlist: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["FeedAllowance"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postFeedsAllowlist: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFeedAllowance"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedAllowance"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteFeedsAllowlistById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSlos: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["SloStatus"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSlosById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SloDetail"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsSignals: {
        parameters: {
            query?: {
                minutes?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GoldenSignals"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsAlerts: {
        parameters: {
            query?: {
                kind?: "operational" | "slo" | "all";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OpsAlert"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsAlertsHistory: {
        parameters: {
            query?: {
                limit?: number;
                rule_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OpsTransition"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsAlertsByIdAcknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpsAlert"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsSilences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OpsSilence"][];
                        next_cursor: null;
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsSilences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOpsSilence"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpsSilence"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteOpsSilencesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsLogLevel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        level: components["schemas"]["LogLevelName"];
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putOpsLogLevel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    level: components["schemas"]["LogLevelName"];
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        level: components["schemas"]["LogLevelName"];
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunbooksById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsReview: {
        parameters: {
            query?: {
                format?: "json" | "markdown";
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthReview"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealthLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "unavailable";
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealthReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "unavailable";
                    };
                };
            };
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "unavailable";
                    };
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description What went wrong (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
