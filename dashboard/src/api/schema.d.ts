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
         * The newest entry and its hash, for storage elsewhere
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
        /** Exchange a refresh token; each is valid once */
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
        /** The current user */
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
        /** My logins, the most recently used first */
        get: operations["getAuthSessions"];
        put?: never;
        post?: never;
        /** End all my other logins */
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
        /** Create a key; it is shown only once */
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
         * Change the allowed sensors of a key
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
        /** Acknowledge several alerts */
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
        /** The alert policy, mutes, and counts of suppressed alerts */
        get: operations["getAlertsPolicy"];
        /** Change the alert policy */
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
        /** Create a single-use ticket for WS /ws/alerts */
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
        /** Notification channels and their state */
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
         * @description `settings` are replaced as a whole, with their secret.
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
        /** Notifications, newest first; `dead` ones failed permanently */
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
        /** Retry failed notifications */
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
        /** The scorer in use, and the drift of recent sessions from its training data */
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
         * @description In effect within the hour. 409 while RETENTION_DAYS sets it.
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
         * Send sensor events
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
        /** Splunk HEC: acknowledgements */
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
        /** Splunk HEC: health */
        get: operations["getServicesCollectorHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/collector/health/1.0": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Splunk HEC: health */
        get: operations["getServicesCollectorHealth10"];
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
        /** Quarantined records, newest first */
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
        /** Usage of the quarantine by key, and evictions */
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
        /** The number of quarantined records that match */
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
         * Replay quarantined records
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
        /** Facet counts of the sessions that match */
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
         * One session with its events and score
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
        /** Sensors, the most recently active first */
        get: operations["getSensors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sensors/expectation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say whether a sensor is expected to send, and how long it may be silent */
        put: operations["putSensorsExpectation"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sensors/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that a sensor is alive, about once a minute
         * @description The sensor is that of the key; a key for several sensors names it in `sensor_id` or X-Sensor-Id.
         */
        post: operations["postSensorsHeartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sensors/enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a one-time token for a new sensor; it is shown only once */
        post: operations["postSensorsEnrolments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sensors/enrolments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a new sensor is: its token, its key, its first event */
        get: operations["getSensorsEnrolmentsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sensors/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a one-time token for the key of its sensor; it is shown only once */
        post: operations["postSensorsEnrol"];
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
        /** Totals of the last 24 hours */
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
        /** Top attackers by events or threat score */
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
    "/dashboard/attack-matrix/navigator-layer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as a layer of the ATT&CK Navigator */
        get: operations["getDashboardAttackMatrixNavigatorLayer"];
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
        /** Attackers by country */
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
        /** Create a canary token */
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
        /** One canary token with its artifact */
        get: operations["getCanaryTokensById"];
        put?: never;
        post?: never;
        /**
         * Delete a disabled token
         * @description Its events and alerts stay. Its URL is answered as one that never was, and no visit of it is recorded. An enabled token is 409.
         */
        delete: operations["deleteCanaryTokensById"];
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
        /** Hits of a canary token, newest first */
        get: operations["getCanaryTokensByIdHits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/url-check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request the URL of canary tokens, and see who answers
         * @description This server requests a path below CANARY_URL that only its own processes can answer. It is no visit and raises no alert. Private addresses need OUTBOUND_ALLOWED_NETWORKS.
         */
        post: operations["postCanaryUrlCheck"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/dns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The zone of canary tokens in the DNS, and the records that delegate it */
        get: operations["getCanaryDns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/canary/dns-check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look names of the zone up, and see what is missing of its delegation
         * @description A resolver (CANARY_DNS_RESOLVERS) is asked for the records of the zone and for names that only this server can answer, over UDP and TCP. It is no visit and raises no alert. Without a zone it is 409.
         */
        post: operations["postCanaryDnsCheck"];
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
         * Report a canary hit (signed)
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
        /** Report a canary hit of another system (secret path) */
        post: operations["postCanaryHooksByToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/recordings/{recording_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Send a whole recording of a terminal
         * @description asciicast v2, or a ttylog of Cowrie. Sending the same again does no harm; another recording of the same name is 409. What an intruder typed is part of it, passwords too.
         */
        put: operations["putEvidenceRecordingsByRecordingId"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/recordings/{recording_id}/chunks/{n}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Send a part of a recording while it grows
         * @description Chunks may arrive in any order. The same chunk again does no harm; another one of the same number is 409.
         */
        put: operations["putEvidenceRecordingsByRecordingIdChunksByN"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recordings of the terminals of a session, oldest first */
        get: operations["getSessionsByIdRecordings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/recordings/{id}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events of a recording, in the order they happened
         * @description Ask again with `after` = `next_after`: at once while `has_more` is true, and later while `is_complete` is false, which plays a session that is still running.
         */
        get: operations["getRecordingsByIdFrames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/recordings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A recording as asciicast v2
         * @description For `asciinema play`, byte for byte as it was sent; a ttylog is converted.
         */
        get: operations["getRecordingsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/files/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known of a file */
        get: operations["getEvidenceFilesBySha256"];
        /**
         * Send a file that an attacker brought
         * @description Named by the SHA-256 of its bytes. Sending the same again does no harm, and adds where it was seen. 201: it is new; 200: it was held already.
         */
        put: operations["putEvidenceFilesBySha256"];
        post?: never;
        /**
         * Delete a file
         * @description Its events stay. The same file may be sent again.
         */
        delete: operations["deleteEvidenceFilesBySha256"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Files that attackers brought, newest first */
        get: operations["getEvidenceFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/files/{sha256}/sightings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where a file was seen, newest first
         * @description Sessions for which it was sent, and events that name its hash. A page may have fewer than `limit`, or none, while `next_cursor` leads on.
         */
        get: operations["getEvidenceFilesBySha256Sightings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/files/{sha256}/zip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file in a zip archive whose password is infected
         * @description It may be malware: unpack it where that does no harm.
         */
        get: operations["getEvidenceFilesBySha256Zip"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evidence/files/{sha256}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a legal hold
         * @description The file outlives the retention and cannot be deleted until the hold ends.
         */
        put: operations["putEvidenceFilesBySha256Hold"];
        post?: never;
        /** End a legal hold */
        delete: operations["deleteEvidenceFilesBySha256Hold"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the platform attacks, and markers that proved nothing */
        get: operations["getSyntheticStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attacks of the platform, newest first, with the time of each hop */
        get: operations["getSyntheticRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One attack of the platform */
        get: operations["getSyntheticRunsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a sensor that the platform is to attack
         * @description Nothing is sent to it before that. Its events have to arrive under `sensor_id`.
         */
        post: operations["postSyntheticTargets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/targets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a target */
        delete: operations["deleteSyntheticTargetsById"];
        options?: never;
        head?: never;
        /** Switch a target on or off, or change how often it is attacked */
        patch: operations["patchSyntheticTargetsById"];
        trace?: never;
    };
    "/synthetic/targets/{id}/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the revoked key of a way into the platform itself
         * @description The platform keeps the new key; it is shown to nobody.
         */
        post: operations["postSyntheticTargetsByIdKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/channel-test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The channel that is tested each week, and its newest tests */
        get: operations["getSyntheticChannelTest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/channel-test/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Choose the channel that is tested each week
         * @description It is tested with SYNTHETIC_ATTACKS alone: what is sent is the alert of an attack.
         */
        put: operations["putSyntheticChannelTestSchedule"];
        post?: never;
        /** Test no channel any more */
        delete: operations["deleteSyntheticChannelTestSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/synthetic/channel-test/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test a channel now with the alert of a synthetic attack
         * @description An attack is made at once. `GET /synthetic/channel-test` shows what becomes of its alert.
         */
        post: operations["postSyntheticChannelTestTests"];
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
        /** Availability of the LLM */
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
         * Ask the LLM about a session
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
        /** Source addresses to block, one per line */
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
        /** The never-block lists */
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
        /** The allowlist */
        get: operations["getFeedsAllowlist"];
        put?: never;
        /**
         * Add an address, a network, a domain, a URL or a file to the allowlist
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
        /** Remove an entry from the allowlist */
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
        /** Service level objectives and their status */
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
        /** One objective with the history of its error budget */
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
        /** Operational alerts: every rule and its state */
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
        /** State changes of operational alerts, newest first */
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
        /** Acknowledge an operational alert */
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
        /** The log level */
        get: operations["getOpsLogLevel"];
        /** Change the log level of this replica until it restarts */
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
        /** The runbook of an operational alert */
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
    "/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The first steps of this installation, and which are done
         * @description Computed from what is the case now: a step that is undone is open again.
         */
        get: operations["getSetup"];
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
            /** @enum {string} */
            kind: "session" | "canary";
            /** @enum {string} */
            threat_level: "high" | "critical";
            threat_score: number;
            /** Format: uuid */
            session_id: string;
            source_ip: string;
            sensor_id: string;
            /** @enum {string} */
            sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            /** @description Why the score is what it is, heaviest first */
            reasons: {
                name: string;
                contribution: number;
            }[];
            /** @description The kind of the canary token, or its details */
            detail: string | null;
            /** @description The attacker itself crossed to this level, not merely one more of its sessions */
            first_of_attacker: boolean;
            /**
             * @description When the attacker did it
             * @example 2026-03-22T00:10:42.831494Z
             */
            occurred_at: string;
            /**
             * @description When EvilTwin received the event; delivery is timed from here
             * @example 2026-03-22T00:10:42.831494Z
             */
            event_received_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            raised_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_occurrence_at: string;
            occurrence_count: number;
            /** @description Distinct addresses of all occurrences, `source_ip` among them */
            source_count: number;
            /** @enum {string} */
            state: "open" | "acknowledged" | "resolved";
            /** @description Username */
            assignee: string | null;
            suppressed_by: ("mute" | "backfill" | "minimum_level" | "known_scanner" | "campaign") | null;
            suppressed_because: string | null;
            /** @description The alert that stands for this one */
            campaign_alert_id: string | null;
        };
        AlertDetail: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "session" | "canary";
            /** @enum {string} */
            threat_level: "high" | "critical";
            threat_score: number;
            /** Format: uuid */
            session_id: string;
            source_ip: string;
            sensor_id: string;
            /** @enum {string} */
            sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            /** @description Why the score is what it is, heaviest first */
            reasons: {
                name: string;
                contribution: number;
            }[];
            /** @description The kind of the canary token, or its details */
            detail: string | null;
            /** @description The attacker itself crossed to this level, not merely one more of its sessions */
            first_of_attacker: boolean;
            /**
             * @description When the attacker did it
             * @example 2026-03-22T00:10:42.831494Z
             */
            occurred_at: string;
            /**
             * @description When EvilTwin received the event; delivery is timed from here
             * @example 2026-03-22T00:10:42.831494Z
             */
            event_received_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            raised_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_occurrence_at: string;
            occurrence_count: number;
            /** @description Distinct addresses of all occurrences, `source_ip` among them */
            source_count: number;
            /** @enum {string} */
            state: "open" | "acknowledged" | "resolved";
            /** @description Username */
            assignee: string | null;
            suppressed_by: ("mute" | "backfill" | "minimum_level" | "known_scanner" | "campaign") | null;
            suppressed_because: string | null;
            /** @description The alert that stands for this one */
            campaign_alert_id: string | null;
            history: components["schemas"]["AlertHistoryEntry"][];
            /** @description Addresses of the occurrences, in the order in which they came; the first 20 */
            sources: string[];
        };
        AlertHistoryEntry: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            at: string;
            /** @description Username; null for the platform itself */
            actor: string | null;
            /** @enum {string} */
            action: "raised" | "acknowledged" | "resolved" | "reopened" | "assigned" | "commented";
            /** @description The comment, or the new assignee */
            detail: string | null;
        };
        AlertMute: {
            /** Format: uuid */
            id: string;
            /** @description Address or CIDR */
            source: string | null;
            sensor_id: string | null;
            reason: string;
            created_by: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            expires_at: string;
        };
        AlertPage: {
            items: components["schemas"]["Alert"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        AlertPatch: {
            /** @enum {string} */
            state?: "open" | "acknowledged" | "resolved";
            /** @description Username; null: nobody */
            assignee?: string | null;
            comment?: string;
        };
        AlertPolicy: {
            /** @enum {string} */
            minimum_level: "high" | "critical";
            /** @description Internet-wide research scanners raise no alert below critical */
            mute_known_scanners: boolean;
            /**
             * @description source unless somebody chose otherwise. A session that is more severe than the alert of its campaign has its own
             * @enum {string}
             */
            campaign_grouping: "off" | "source" | "behaviour";
            campaign_window_minutes: number;
            /**
             * @description The alert of an event that is older than this when it arrives is suppressed as backfill: imported history notifies nobody
             * @default 1440
             */
            backfill_after_minutes: number;
        };
        AlertPolicyInput: {
            /** @enum {string} */
            minimum_level: "high" | "critical";
            /** @description Internet-wide research scanners raise no alert below critical */
            mute_known_scanners: boolean;
            /**
             * @description source unless somebody chose otherwise. A session that is more severe than the alert of its campaign has its own
             * @enum {string}
             */
            campaign_grouping: "off" | "source" | "behaviour";
            campaign_window_minutes: number;
            /**
             * @description The alert of an event that is older than this when it arrives is suppressed as backfill: imported history notifies nobody
             * @default 1440
             */
            backfill_after_minutes?: number;
        };
        AlertPolicyState: {
            policy: components["schemas"]["AlertPolicy"];
            mutes: components["schemas"]["AlertMute"][];
            suppressed_24h: {
                [key: string]: number;
            };
        };
        AnalyzeRequest: {
            /** Format: uuid */
            session_id: string;
        };
        ApiKey: {
            /** Format: uuid */
            id: string;
            name: string;
            scopes: ("ingest" | "score:read" | "feeds:read" | "metrics:read")[];
            /** @description null: the key may not send events */
            kind: ("sensor" | "collector") | null;
            /** @description The sensor that the key is bound to. Named by an operator: its events always belong to this sensor; bound on first use: a record that names another sensor is quarantined. null on a sensor key: its first accepted record decides */
            sensor_id: string | null;
            /** @description The sensors that a collector may speak for; null on a collector: any */
            sensor_ids: string[] | null;
            /** @description The key is valid and may speak for any sensor, so whoever has it may claim every one of them */
            any_sensor: boolean;
            /** @description Who bound it; null while it is bound to nothing */
            bound_by: ("operator" | "first_use") | null;
            bound_at: string | null;
            /** @description Records of the last 30 days that claimed a sensor for which the key may not speak */
            refused_records: number;
            last_refused_at: string | null;
            /** @description The first characters, to recognise the key by */
            prefix: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            last_used_at: string | null;
            revoked_at: string | null;
        };
        ApiKeyPage: {
            items: components["schemas"]["ApiKey"][];
            next_cursor: null;
        };
        AttackMatrix: {
            /**
             * @description Had an event at or after
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description Started before
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            tactics: {
                name: string;
                techniques: {
                    id: string;
                    name: string;
                    /** @description Sessions with an event in the window that showed it, as `GET /sessions?technique=` lists them */
                    sessions: number;
                    /** @description The behaviours, or the count, that it can belong to */
                    behaviours: string[];
                    /**
                     * @deprecated
                     * @description The former name of `behaviours`
                     */
                    signals: string[];
                }[];
            }[];
        };
        Attacker: {
            source_ip: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            first_seen_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
            event_count: number;
            session_count: number;
            threat_score: number;
            /** @enum {string} */
            threat_level: "low" | "medium" | "high" | "critical";
        };
        AttackerDetail: {
            source_ip: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            first_seen_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
            event_count: number;
            session_count: number;
            threat_score: number;
            /** @enum {string} */
            threat_level: "low" | "medium" | "high" | "critical";
            /** @description Null fields: no database says */
            geo: {
                country: string | null;
                asn: number | null;
                organization: string | null;
            };
            sensors: {
                sensor_id: string;
                sessions: number;
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                last_seen_at: string;
            }[];
            /** @description The newest 200 sessions, oldest first */
            score_history: {
                /** Format: uuid */
                session_id: string;
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                threat_score: number;
                /** @enum {string} */
                threat_level: "low" | "medium" | "high" | "critical";
            }[];
        };
        AttackerPage: {
            items: components["schemas"]["Attacker"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        AuditActor: {
            /** @enum {string} */
            kind: "user" | "key" | "command" | "system" | "unknown";
            id: string | null;
            /** @description User name, name and prefix of the key, or system user */
            name: string | null;
        };
        AuditDetail: {
            actor: components["schemas"]["AuditActor"];
            address: string | null;
            request_id: string | null;
            target: components["schemas"]["AuditTarget"];
            /** @description Without secrets; null where there was nothing */
            before: unknown;
            after: unknown;
            /** @description Why it was refused */
            reason: string | null;
        };
        AuditEntry: {
            /** @description From 1, without gaps */
            seq: number;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            at: string;
            /** @description `user.change`, `api_key.revoke`, `login` ... */
            action: string;
            /** @enum {string} */
            outcome: "succeeded" | "refused";
            /** @enum {string} */
            actor_kind: "user" | "key" | "command" | "system" | "unknown";
            /** @description How often, for refusals and exports that repeat */
            count: number;
            /** @description null: it was erased */
            detail: components["schemas"]["AuditDetail"] | null;
            /** @description Hexadecimal SHA-256 over this entry and the hash of the one before */
            hash: string;
        };
        AuditEntryPage: {
            items: components["schemas"]["AuditEntry"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        AuditHead: {
            /** @description 0: there is no entry */
            seq: number;
            hash: string;
            at: string | null;
            /** @description Entries of this replica that wait for the database */
            unwritten: number;
            /** @description Entries that this replica could not keep, since it started */
            lost: number;
        };
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
            /** @description Acknowledged or resolved before */
            unchanged: number;
            unknown: string[];
        };
        BurnAlert: {
            long_window: string;
            short_window: string;
            /** @description Both windows must burn faster than this */
            factor: number;
            /** @enum {string} */
            severity: "low" | "medium" | "high" | "critical";
            /** @description Events that the long window must hold to be evaluated */
            minimum_events: number;
            /** @description Without what gaps cost while the objective has events for less than the long window */
            long_rate: number | null;
            short_rate: number | null;
            firing: boolean;
        };
        BurnRate: {
            /**
             * @example 5m
             * @example 1h
             * @example 3d
             */
            window: string;
            /** @description null: no events in the window */
            rate: number | null;
            good: number;
            total: number;
        };
        CanaryArtifact: {
            filename: string;
            media_type: string;
            content: string;
            /**
             * @description How `content` has the bytes of the file
             * @enum {string}
             */
            encoding: "utf8" | "base64";
        };
        CanaryDns: {
            /** @description Null: none is configured */
            zone: components["schemas"]["CanaryZone"] | null;
        };
        CanaryDnsCheck: {
            zone: string;
            steps: components["schemas"]["CanaryDnsStep"][];
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            checked_at: string;
        };
        CanaryDnsStep: {
            /**
             * @description The NS record of the zone; the A record of its server; a lookup that reaches this server over UDP, and over TCP
             * @enum {string}
             */
            name: "delegation" | "address" | "udp" | "tcp";
            /** @enum {string} */
            outcome: "ok" | "failed";
            /** @description What was seen, or what is missing */
            detail: string;
        };
        CanaryHit: {
            /** Format: uuid */
            event_id: string;
            /** Format: uuid */
            session_id: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            occurred_at: string;
            /** @description Of a lookup in the DNS, that of the resolver */
            source_ip: string;
            source_port: number | null;
            protocol: string | null;
            /** @description User agent */
            client: string | null;
            username: string | null;
            password: string | null;
            message: string | null;
            /** @description Null where another system reported it, and where retention has removed the record */
            visit: components["schemas"]["CanaryVisit"] | null;
        };
        CanaryHitPage: {
            items: components["schemas"]["CanaryHit"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        CanaryHookAnswer: {
            /**
             * @description ignored: a service message, not a touch; counted: beyond the limit of the token, and not stored
             * @enum {string}
             */
            status: "processed" | "quarantined" | "ignored" | "counted";
        };
        CanaryToken: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "web_bug" | "link" | "aws_keys" | "document" | "docx" | "pdf" | "login_form" | "kubeconfig" | "env_file" | "git_repository" | "sql_dump" | "robots_txt" | "mcp_server" | "dns" | "wireguard" | "canarytokens" | "opencanary";
            name: string;
            enabled: boolean;
            /** @description Its events and sessions carry this sensor_id */
            sensor_id: string;
            /** @description What to plant: a URL, or a name in the DNS (`dns`, `wireguard`); for foreign tokens where to send the webhook */
            url: string;
            created_by: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /** @description Visits that are stored */
            hit_count: number;
            /** @description Visits that were counted and not stored, because there were more than CANARY_VISITS_PER_TOKEN or _PER_ADDRESS */
            visits_beyond_limit: number;
            last_hit_at: string | null;
        };
        CanaryTokenDetail: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "web_bug" | "link" | "aws_keys" | "document" | "docx" | "pdf" | "login_form" | "kubeconfig" | "env_file" | "git_repository" | "sql_dump" | "robots_txt" | "mcp_server" | "dns" | "wireguard" | "canarytokens" | "opencanary";
            name: string;
            enabled: boolean;
            /** @description Its events and sessions carry this sensor_id */
            sensor_id: string;
            /** @description What to plant: a URL, or a name in the DNS (`dns`, `wireguard`); for foreign tokens where to send the webhook */
            url: string;
            created_by: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /** @description Visits that are stored */
            hit_count: number;
            /** @description Visits that were counted and not stored, because there were more than CANARY_VISITS_PER_TOKEN or _PER_ADDRESS */
            visits_beyond_limit: number;
            last_hit_at: string | null;
            artifact: components["schemas"]["CanaryArtifact"] | null;
            instructions: string;
        };
        CanaryTokenPage: {
            items: components["schemas"]["CanaryToken"][];
            next_cursor: null;
        };
        CanaryTokenPatch: {
            enabled?: boolean;
            /**
             * @description Where it lies; shown in the alert
             * @example finance share, passwords.docx
             */
            name?: string;
        };
        CanaryUrlCheck: {
            /** @description CANARY_URL */
            url: string;
            /**
             * @description another_program: something answered that is not this server
             * @enum {string}
             */
            outcome: "reachable" | "another_program" | "unreachable";
            detail: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            checked_at: string;
        };
        CanaryVisit: {
            /** @description HTTP method; of a lookup in the DNS, the record type */
            method: string;
            /** @description Path behind the token; of a lookup, the whole name */
            target: string;
            referer: string | null;
            accept_language: string | null;
            /** @description Network for which a resolver asked, if it says so (RFC 7871) */
            client_subnet: string | null;
        };
        CanaryZone: {
            /** @description CANARY_DNS_ZONE */
            name: string;
            /** @description Address that the DNS server listens on */
            host: string;
            port: number;
            /** @description CANARY_DNS_ADDRESS */
            address: string | null;
            /** @description To create in the parent zone */
            records: {
                name: string;
                /** @enum {string} */
                type: "NS" | "A";
                /** @description Null: the public address of this server, which it does not know */
                value: string | null;
            }[];
        };
        Channel: {
            /** Format: uuid */
            id: string;
            name: string;
            enabled: boolean;
            /** @description Carries threat alerts */
            threat_alerts: boolean;
            /** @description Carries operational alerts */
            operational_alerts: boolean;
            /**
             * @description Of threat alerts
             * @enum {string}
             */
            minimum_level: "high" | "critical";
            /**
             * @description hourly: one summary an hour instead of each alert
             * @enum {string}
             */
            digest: "off" | "hourly";
            settings: {
                /** @enum {string} */
                type: "webhook" | "slack" | "pagerduty" | "email" | "splunk_hec" | "alertmanager";
            } & {
                [key: string]: unknown;
            };
            has_secret: boolean;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /** @description Messages that wait */
            pending: number;
            /** @description Notifications that failed permanently */
            dead: number;
            last_delivered_at: string | null;
            last_error: string | null;
        };
        ChannelPage: {
            items: components["schemas"]["Channel"][];
            next_cursor: null;
        };
        ChannelPatch: {
            name?: string;
            enabled?: boolean;
            /** @description Carries threat alerts */
            threat_alerts?: boolean;
            /** @description Carries operational alerts */
            operational_alerts?: boolean;
            /**
             * @description Of threat alerts
             * @enum {string}
             */
            minimum_level?: "high" | "critical";
            /**
             * @description hourly: one summary an hour instead of each alert
             * @enum {string}
             */
            digest?: "off" | "hourly";
            settings?: components["schemas"]["ChannelSettings"];
        };
        ChannelSettings: {
            /** @constant */
            type: "webhook";
            /** Format: uri */
            url: string;
            /** @description Signs each message (Standard Webhooks), 24 characters or more */
            secret: string;
        } | {
            /** @constant */
            type: "slack";
            /**
             * Format: uri
             * @description The incoming-webhook URL
             */
            secret: string;
        } | {
            /** @constant */
            type: "pagerduty";
            /**
             * Format: uri
             * @default https://events.pagerduty.com/v2/enqueue
             */
            url?: string;
            /** @description The routing key */
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
            /**
             * @description The password
             * @default null
             */
            secret?: string | null;
            /** Format: email */
            from: string;
            to: string[];
        } | {
            /** @constant */
            type: "splunk_hec";
            /**
             * Format: uri
             * @description Base URL, or that of /services/collector/event
             */
            url: string;
            /** @default null */
            index?: string | null;
            /** @description The HEC token */
            secret: string;
        } | {
            /** @constant */
            type: "alertmanager";
            /**
             * Format: uri
             * @description Base URL of Prometheus Alertmanager
             */
            url: string;
            /**
             * @description A bearer token, if the receiver requires one
             * @default null
             */
            secret?: string | null;
        };
        ChannelTest: {
            delivered: boolean;
            /** @description What the other side answered, or why it could not be reached */
            detail: string;
            duration_ms: number;
        };
        ChannelTestSchedule: {
            /** Format: uuid */
            channel_id: string;
            /** @description null: the channel was removed */
            channel_name: string | null;
            /** @description ISO 8601: 1 is Monday, 7 Sunday */
            weekday: number;
            /** @description From its begin, in UTC */
            hour: number;
            /**
             * @description When the next test is due
             * @example 2026-03-22T00:10:42.831494Z
             */
            next_at: string;
            /** @description Username */
            chosen_by: string;
        };
        ChannelTests: {
            /** @description null: no channel is tested */
            schedule: components["schemas"]["ChannelTestSchedule"] | null;
            /** @description The newest 10 */
            tests: components["schemas"]["SyntheticChannelTest"][];
        };
        Countries: {
            /**
             * @description Had an event at or after
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description Started before
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            items: {
                /** @description ISO 3166-1 alpha-2 */
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
            scopes: ("ingest" | "score:read" | "feeds:read" | "metrics:read")[];
            /** @description null: the key may not send events */
            kind: ("sensor" | "collector") | null;
            /** @description The sensor that the key is bound to. Named by an operator: its events always belong to this sensor; bound on first use: a record that names another sensor is quarantined. null on a sensor key: its first accepted record decides */
            sensor_id: string | null;
            /** @description The sensors that a collector may speak for; null on a collector: any */
            sensor_ids: string[] | null;
            /** @description The key is valid and may speak for any sensor, so whoever has it may claim every one of them */
            any_sensor: boolean;
            /** @description Who bound it; null while it is bound to nothing */
            bound_by: ("operator" | "first_use") | null;
            bound_at: string | null;
            /** @description Records of the last 30 days that claimed a sensor for which the key may not speak */
            refused_records: number;
            last_refused_at: string | null;
            /** @description The first characters, to recognise the key by */
            prefix: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            last_used_at: string | null;
            revoked_at: string | null;
            key: string;
        };
        CreatedEnrolment: {
            /** Format: uuid */
            id: string;
            sensor_id: string;
            /**
             * @description pending: the token may be exchanged for a key; enrolled: it was
             * @enum {string}
             */
            state: "pending" | "expired" | "enrolled";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /**
             * @description Until when the token may be exchanged
             * @example 2026-03-22T00:10:42.831494Z
             */
            expires_at: string;
            enrolled_at: string | null;
            key_id: string | null;
            /** @description The newest event of the sensor since then; null: none yet */
            received: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                /** @enum {string} */
                sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            } | null;
            /** @description The newest record of its key that is no event; null: none */
            rejected: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                /** @enum {string} */
                reason: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
                detail: string;
            } | null;
            /** @description For one use of POST /sensors/enrol, within an hour */
            token: string;
        };
        DashboardStats: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            total_events: number;
            unique_attackers: number;
            /** @description Not closed, and an event in the last 30 minutes */
            active_sessions: number;
            /** @description With an event in the window, whenever they began */
            total_sessions: number;
            sessions_by_level: {
                low: number;
                medium: number;
                high: number;
                critical: number;
            };
            alerts: {
                /** @description Within the window; suppressed ones are left out */
                raised: number;
                raised_by_level: {
                    high: number;
                    critical: number;
                };
                /** @description Nobody has acknowledged them, whenever they were raised */
                open: number;
            };
            all_time: {
                events: number;
                sessions: number;
                attackers: number;
                newest_event_at: string | null;
            };
        };
        Delivery: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            channel_id: string;
            notice: components["schemas"]["Notification"];
            /** @enum {string} */
            state: "pending" | "delivered" | "dead";
            attempts: number;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            next_attempt_at: string;
            delivered_at: string | null;
            last_error: string | null;
        };
        DeliveryPage: {
            items: components["schemas"]["Delivery"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        DeliveryRetry: {
            ids?: string[];
            /** Format: uuid */
            channel_id?: string;
        };
        Drift: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            since: string;
            /** @description How many recent sessions were looked at, at most 2000 */
            sessions: number;
            /** @enum {string} */
            verdict: "stable" | "shifted" | "drifted";
            /** @description Population stability index of the threat levels */
            level_psi: number;
            /** @description The most changed first */
            features: {
                name: string;
                description: string;
                psi: number;
            }[];
        };
        EndedSessions: {
            ended: number;
        };
        EnrolledSensor: {
            /**
             * Format: uuid
             * @description Of the key
             */
            id: string;
            name: string;
            sensor_id: string;
            /** @description Its events always belong to this sensor */
            key: string;
        };
        Enrolment: {
            /** Format: uuid */
            id: string;
            sensor_id: string;
            /**
             * @description pending: the token may be exchanged for a key; enrolled: it was
             * @enum {string}
             */
            state: "pending" | "expired" | "enrolled";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /**
             * @description Until when the token may be exchanged
             * @example 2026-03-22T00:10:42.831494Z
             */
            expires_at: string;
            enrolled_at: string | null;
            key_id: string | null;
            /** @description The newest event of the sensor since then; null: none yet */
            received: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                /** @enum {string} */
                sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            } | null;
            /** @description The newest record of its key that is no event; null: none */
            rejected: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                /** @enum {string} */
                reason: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
                detail: string;
            } | null;
        };
        EnrolmentToken: {
            token: string;
        };
        Event: {
            /**
             * Format: uuid
             * @description The same event sent again has the same id
             */
            id: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            received_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            occurred_at: string;
            sensor_id: string;
            /** @enum {string} */
            sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            /** @enum {string} */
            event_type: "connect" | "login_attempt" | "command" | "file_download" | "file_upload" | "proxy_request" | "exploit" | "canary" | "disconnect" | "other";
            /** @description The sensor's own name of the event */
            action: string | null;
            outcome: ("success" | "failure") | null;
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
            /** @description Client software or fingerprint (HASSH) the event revealed */
            client: string | null;
            message: string | null;
            /** @description The sensor's own JSON, byte for byte; null on the further events of one record */
            raw: string | null;
        };
        EventPage: {
            items: components["schemas"]["Event"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        EvidenceFile: {
            /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
            sha256: string;
            bytes: number;
            /**
             * @description Media type by its first bytes, never by its name
             * @example application/x-elf
             */
            type: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            first_received_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_received_at: string;
            /** @description Sessions and names with which it was sent; events that name its hash are listed and not counted */
            sightings: number;
            legal_hold: components["schemas"]["LegalHold"] | null;
        };
        EvidenceFilePage: {
            items: components["schemas"]["EvidenceFile"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        EvidenceSighting: {
            /**
             * @description sent: the sensor sent the file; event: an event names its hash, and its bytes may have come once
             * @enum {string}
             */
            source: "sent" | "event";
            /** @description The event; null for a file that was sent */
            event_id: string | null;
            sensor_id: string;
            /** @description The sensor's own key of the session; empty: the file was sent without one, or an event */
            session_key: string;
            /** @description null: the file came without the address of the attacker, or before its session */
            session_id: string | null;
            /** @description As the attacker or the sensor calls it; of an event its URL */
            name: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            received_at: string;
        };
        EvidenceSightingPage: {
            items: components["schemas"]["EvidenceSighting"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        FeedAllowance: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "network" | "domain" | "url" | "sha256";
            /** @description CIDR or address; a domain name, which covers the names below it; a URL; or a SHA-256 */
            value: string;
            reason: string;
            created_by: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            expires_at: string | null;
        };
        FeedAllowancePage: {
            items: components["schemas"]["FeedAllowance"][];
            next_cursor: null;
        };
        FeedCheck: {
            /** @enum {string} */
            check: "evidence" | "never_block" | "score" | "sensors" | "keys" | "expiry";
            passed: boolean;
            detail: string;
        };
        FeedExplanation: {
            /** @enum {string} */
            type: "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" | "sha256";
            value: string;
            listed: boolean;
            checks: components["schemas"]["FeedCheck"][];
            /** @description null where no session shows it as a source or download */
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
        GoldenSignals: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            routes: components["schemas"]["RouteSignals"][];
            replicas: components["schemas"]["ReplicaSignals"][];
            alert_queue_depth: number;
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded" | "unavailable";
            /** @description Why it is degraded */
            reasons: string[];
            database: boolean;
            alert_queue_depth: number;
            /** @description false: scores come from the rules */
            model_loaded: boolean;
            uptime_seconds: number;
            version: string;
            /** @description true: all data is made by the demo, none is real */
            demo: boolean;
        };
        HealthReview: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
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
                /** @description Hours with more than 20 failures and five times the usual number */
                spikes: {
                    /**
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-03-22T00:10:42.831494Z
                     */
                    at: string;
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
                /** @description Notifications that failed permanently */
                failed: components["schemas"]["Trend"];
                /**
                 * @deprecated
                 * @description The former name of `failed`
                 */
                given_up: components["schemas"]["Trend"];
                /** @description Enabled channels that do not deliver now */
                failing: {
                    name: string;
                    type: string;
                    error: string;
                }[];
            };
            /** @description The findings that require action, in sentences */
            findings: string[];
        };
        Indicator: {
            /** @enum {string} */
            type: "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" | "sha256";
            value: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            first_seen_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
            /**
             * @description The highest of the sessions it was seen in
             * @enum {string}
             */
            threat_level: "low" | "medium" | "high" | "critical";
            /** @description The highest of the sessions it was seen in, 0 to 1 */
            threat_score: number;
            /** @enum {string} */
            role: "source" | "download" | "mentioned" | "tunnel_target";
            /** @description Distinct sensors that saw it, 64 at most; canary tokens are none */
            sensor_count: number;
            /** @description Distinct keys that these sensors are bound to; all unbound ones count as one */
            key_count: number;
            /**
             * @description When it leaves the feeds, unless it is seen again
             * @example 2026-03-22T00:10:42.831494Z
             */
            expires_at: string;
            /** @description For reading only: not to be blocked, and no pattern to detect by */
            context: boolean;
            /** @description Why it is listed, or why it is only context */
            reason: string;
        };
        IndicatorList: {
            items: components["schemas"]["Indicator"][];
            next_cursor: null;
        };
        IngestMany: {
            accepted: number;
            duplicates: number;
            quarantined: number;
            /** @description Messages of sensors about themselves, such as statistics; left out where there are none */
            ignored?: number;
            /** @description One entry a quarantined record, by its position in the request; at most 100 */
            errors: {
                index: number;
                /** @enum {string} */
                reason: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
                detail: string;
            }[];
        };
        IngestOne: {
            /** Format: uuid */
            session_id: string;
            threat_score: number;
            /** @enum {string} */
            threat_level: "low" | "medium" | "high" | "critical";
            /** @constant */
            status: "processed";
        };
        Ioc: {
            /** @enum {string} */
            type: "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" | "sha256";
            value: string;
            event_ids: string[];
        };
        KeyBindingChange: {
            /** @constant */
            kind: "sensor";
            /** @description null: its next accepted record decides */
            sensor_id: string | null;
        } | {
            /** @constant */
            kind: "collector";
            /** @description null: any sensor */
            sensor_ids: string[] | null;
        };
        KeySensor: {
            /** @description null: further sensors, beyond the 1,000 accepted and 100 refused ones that are kept */
            sensor_id: string | null;
            /** @description true: sent while the key could speak for any sensor; false: refused, and in the quarantine */
            allowed: boolean;
            records: number;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            first_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_at: string;
        };
        KeySensorPage: {
            items: components["schemas"]["KeySensor"][];
            next_cursor: null;
        };
        LegalHold: {
            reason: string;
            set_by: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            since: string;
        };
        LoginRequest: {
            username: string;
            password: string;
            /**
             * @description For browsers: keep the refresh token in an httpOnly cookie instead of the answer
             * @default false
             */
            cookie?: boolean;
        };
        LoginSession: {
            /** Format: uuid */
            id: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /** @description When it logged in or last renewed its access token; null: not since the upgrade from 0.1.0 */
            last_used_at: string | null;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            expires_at: string;
            /** @description Where it was last used from */
            address: string | null;
            /** @description As its client wrote it, at most 256 characters */
            user_agent: string | null;
            /** @description The login that asks */
            current: boolean;
        };
        LoginSessionPage: {
            items: components["schemas"]["LoginSession"][];
            next_cursor: null;
        };
        NavigatorLayer: {
            name: string;
            description: string;
            /** @constant */
            domain: "enterprise-attack";
            versions: {
                attack: string;
                navigator: string;
                layer: string;
            };
            techniques: {
                techniqueID: string;
                /** @description In lower case, with hyphens */
                tactic: string;
                /** @description Sessions that showed it */
                score: number;
                /** @description The behaviours, or the count, that it can belong to */
                comment: string;
                enabled: boolean;
            }[];
            gradient: {
                colors: string[];
                minValue: number;
                maxValue: number;
            };
        };
        NeverBlockListInfo: {
            name: string;
            version: number;
            /** @enum {string} */
            category: "special-purpose" | "documentation" | "platform" | "operator" | "popular" | "hosting" | "scanner" | "allowlist";
            /** @enum {string} */
            type: "cidr" | "hostname" | "string";
            entries: number;
            source: string | null;
            /** @description YYYY-MM-DD */
            date: string | null;
            licence: string | null;
        };
        NeverBlockListInfoPage: {
            items: components["schemas"]["NeverBlockListInfo"][];
            next_cursor: null;
        };
        NewAlertMute: {
            /** @default null */
            source?: string | null;
            /** @default null */
            sensor_id?: string | null;
            reason: string;
            /**
             * @description At most 7 days ahead, for administrators 90; null: in 7 days. A network larger than /16 (IPv6: /32), or no source, needs an administrator
             * @default null
             */
            expires_at?: string | null;
        };
        NewApiKey: {
            name: string;
            /**
             * @default [
             *       "ingest"
             *     ]
             */
            scopes?: ("ingest" | "score:read" | "feeds:read" | "metrics:read")[];
            /**
             * @default sensor
             * @enum {string}
             */
            kind?: "sensor" | "collector";
            /**
             * @description Of a sensor key; null: its first accepted record decides
             * @default null
             */
            sensor_id?: string | null;
            /** @description Of a collector, which must have it: the sensors that it may speak for, or null for any */
            sensor_ids?: string[] | null;
        };
        NewCanaryToken: {
            /** @enum {string} */
            kind: "web_bug" | "link" | "aws_keys" | "document" | "docx" | "pdf" | "login_form" | "kubeconfig" | "env_file" | "git_repository" | "sql_dump" | "robots_txt" | "mcp_server" | "dns" | "wireguard" | "canarytokens" | "opencanary";
            /**
             * @description Where it lies; shown in the alert
             * @example finance share, passwords.docx
             */
            name: string;
        };
        NewChannel: {
            name: string;
            /** @default true */
            enabled?: boolean;
            /**
             * @description Carries threat alerts
             * @default true
             */
            threat_alerts?: boolean;
            /**
             * @description Carries operational alerts
             * @default true
             */
            operational_alerts?: boolean;
            /**
             * @description Of threat alerts
             * @default high
             * @enum {string}
             */
            minimum_level?: "high" | "critical";
            /**
             * @description hourly: one summary an hour instead of each alert
             * @default off
             * @enum {string}
             */
            digest?: "off" | "hourly";
            settings: components["schemas"]["ChannelSettings"];
        };
        NewChannelTest: {
            /** Format: uuid */
            channel_id: string;
        };
        NewChannelTestSchedule: {
            /** Format: uuid */
            channel_id: string;
            /** @description ISO 8601: 1 is Monday, 7 Sunday */
            weekday: number;
            /** @description From its begin, in UTC */
            hour: number;
        };
        NewEnrolment: {
            sensor_id: string;
        };
        NewFeedAllowance: {
            /** @description Address, CIDR, domain name, URL or SHA-256 */
            value: string;
            reason: string;
            /** @default null */
            expires_at?: string | null;
        };
        NewHeartbeat: {
            /**
             * Format: date-time
             * @description By the clock of the sender
             */
            sent_at: string;
            /** @default null */
            software?: string | null;
            /** @default null */
            version?: string | null;
            /**
             * @description What waits at the sender because the server did not take it
             * @default null
             */
            spooled_bytes?: number | null;
            /**
             * @description Of the running process. Two that send by turns are two hosts with one name
             * @default null
             */
            instance_id?: string | null;
            /** @description Of a key for several sensors; X-Sensor-Id says the same */
            sensor_id?: string;
        };
        NewLegalHold: {
            reason: string;
        };
        NewOpsSilence: {
            /**
             * @description null: a maintenance window
             * @default null
             */
            rule_id?: string | null;
            reason: string;
            /**
             * Format: date-time
             * @description Default: now
             */
            starts_at?: string;
            /**
             * Format: date-time
             * @description At most 7 days ahead, for administrators 90. A maintenance window needs an administrator
             */
            ends_at: string;
        };
        NewSyntheticTarget: {
            /** @enum {string} */
            kind: "ssh" | "telnet" | "http" | "redis" | "mysql" | "ftp" | "smtp";
            name: string;
            /**
             * @description Name or address; addresses that are not public need OUTBOUND_ALLOWED_NETWORKS
             * @example 192.0.2.20
             */
            host: string;
            port: number;
            /**
             * @description Under which its events arrive
             * @example cowrie-1
             */
            sensor_id: string;
            /**
             * @description The address of this server as the sensor sees it
             * @example 192.0.2.2
             */
            source_ip: string;
            /** @default 300 */
            interval_seconds?: number;
        };
        NewUser: {
            username: string;
            /** @description Refused when it is common, or hardly more than the name of the user or of EvilTwin */
            password: string;
            /**
             * @default analyst
             * @enum {string}
             */
            role?: "viewer" | "analyst" | "admin";
        };
        Notification: {
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
            /** @enum {string} */
            severity: "low" | "medium" | "high" | "critical";
            summary: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            started_at: string;
            ended_at: string | null;
            runbook_url: string | null;
            /** @description Every alert of this notification, the most severe first, where it covers several */
            covers?: {
                rule: string;
                /** @enum {string} */
                severity: "low" | "medium" | "high" | "critical";
                summary: string;
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                started_at: string;
                runbook_url: string | null;
            }[];
        } | {
            /** @constant */
            kind: "digest";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            raised: {
                [key: string]: number;
            };
            suppressed: {
                [key: string]: number;
            };
            /** @description The newest of the most severe, at most 20 */
            newest: components["schemas"]["Alert"][];
        } | {
            /** @constant */
            kind: "review";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            findings: string[];
            markdown: string;
        } | {
            /** @constant */
            kind: "test";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            sent_at: string;
            message: string;
            /** @description Of an attack that the platform made itself */
            alert?: components["schemas"]["Alert"];
        };
        OpsAlert: {
            id: string;
            name: string;
            /**
             * @description slo: the error budget of an objective burns too fast
             * @enum {string}
             */
            kind: "operational" | "slo";
            /**
             * @description While it fires, the worst since it began; otherwise the worst that it can have
             * @enum {string}
             */
            severity: "low" | "medium" | "high" | "critical";
            description: string;
            /** @description What it is about now, while it fires: windows, channels, keys */
            detail: string | null;
            threshold: number;
            for_seconds: number;
            keep_firing_seconds: number;
            inhibited_by: string[];
            runbook_url: string;
            /** @enum {string} */
            state: "inactive" | "pending" | "firing" | "resolved";
            /** @description As last evaluated; null: no data to evaluate */
            value: number | null;
            /** @description When it came into this state */
            since: string | null;
            evaluated_at: string | null;
            acknowledged_by: string | null;
            silenced: boolean;
            /** @description A more severe alert explains this one; nobody is notified */
            inhibited: boolean;
        };
        OpsAlertPage: {
            items: components["schemas"]["OpsAlert"][];
            next_cursor: null;
        };
        OpsNotification: {
            /** @description Its name when it was notified */
            channel: string;
            /**
             * @description Of the last attempt that settled it; of the decision while it is pending
             * @example 2026-03-22T00:10:42.831494Z
             */
            at: string;
            /** @enum {string} */
            outcome: "pending" | "delivered" | "failed";
            /** @description Why the last attempt failed */
            detail: string | null;
        };
        OpsSilence: {
            /** Format: uuid */
            id: string;
            rule_id: string | null;
            reason: string;
            created_by: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            starts_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            ends_at: string;
        };
        OpsSilencePage: {
            items: components["schemas"]["OpsSilence"][];
            next_cursor: null;
        };
        OpsTransition: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            at: string;
            rule_id: string;
            /** @enum {string} */
            event: "pending" | "firing" | "resolved" | "inactive" | "acknowledged";
            value: number | null;
            actor: string | null;
            /** @description A channel received the notification */
            delivered: boolean;
            /**
             * @deprecated
             * @description The former name of `delivered`
             */
            told: boolean;
            /** @description Every notification of this change; empty: silenced, inhibited, or no channel */
            notified: components["schemas"]["OpsNotification"][];
        };
        OpsTransitionPage: {
            items: components["schemas"]["OpsTransition"][];
            next_cursor: null;
        };
        PasswordChange: {
            current_password: string;
            /** @description Refused when it is common, or hardly more than the name of the user or of EvilTwin */
            new_password: string;
        };
        Problem: {
            /**
             * @description A stable path that names the kind of problem
             * @example /problems/not-found
             */
            type: string;
            title: string;
            status: number;
            detail: string;
            request_id: string;
            errors?: {
                /** @description RFC 6901 JSON pointer */
                pointer: string;
                message: string;
            }[];
        };
        QuarantineDeletionResult: {
            deleted: number;
            bytes: number;
            /** @description One call deletes at most 10,000 records: call again */
            more: boolean;
        };
        /** @description The id of an API key; `none`: it came without a key; `unknown`: an earlier release stored it */
        QuarantineOwner: string | ("none" | "unknown");
        QuarantinePreview: {
            records: number;
            /** @description As they count against shares; see /quarantine/usage */
            bytes: number;
            replayable: number;
            /**
             * @description Give it as `to`, and what is received later is left alone
             * @example 2026-03-22T00:10:42.831494Z
             */
            as_of: string;
        };
        QuarantineReplay: {
            ids?: string[];
            /** @enum {string} */
            reason?: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
            sensor_id?: string;
            key_id?: components["schemas"]["QuarantineOwner"];
            /**
             * Format: date-time
             * @description Received at or after
             */
            from?: string;
            /**
             * Format: date-time
             * @description Received before
             */
            to?: string;
            /** @description `next_cursor` of the call before */
            cursor?: string;
        };
        QuarantineReplayResult: {
            /** @description Now events, and gone from the quarantine */
            replayed: number;
            still_quarantined: number;
            /** @description Of those: larger than a record may be, or kept as an excerpt; not tried */
            not_replayable: number;
            /** @description One call tries at most 1,000 records and 8 MiB: call again until it is null */
            next_cursor: string | null;
        };
        QuarantineUsage: {
            /** @description QUARANTINE_MAX_BYTES */
            max_bytes: number;
            /** @description QUARANTINE_MAX_BYTES_PER_KEY */
            max_bytes_per_key: number;
            records: number;
            bytes: number;
            /** @description Removed since the first, because the share was used up */
            evicted_records: number;
            evicted_bytes: number;
            last_evicted_at: string | null;
            /** @description The hundred that hold most */
            keys: {
                key_id: components["schemas"]["QuarantineOwner"];
                key_name: string | null;
                key_prefix: string | null;
                records: number;
                bytes: number;
                /** @description Removed since the first, because the share was used up */
                evicted_records: number;
                evicted_bytes: number;
                last_evicted_at: string | null;
            }[];
        };
        QuarantinedRecord: {
            /** Format: uuid */
            id: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            received_at: string;
            sensor_id: string | null;
            key_id: components["schemas"]["QuarantineOwner"];
            /** @enum {string} */
            reason: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
            detail: string;
            times_seen: number;
            /** @description Of the record as it came */
            size_bytes: number;
            /** @description Of the record as it came; null where an earlier release stored it */
            sha256: string | null;
            /** @description false: the record is larger than INGEST_MAX_RECORD_BYTES, or its first and last 4 KiB alone are kept */
            replayable: boolean;
            /** @description The first 2,000 bytes as text; bytes that are no UTF-8 show as U+FFFD */
            excerpt: string;
            /** @description The last 2,000 bytes of a record of which only its two ends are kept */
            tail: string | null;
            /** @enum {string} */
            encoding: "utf-8" | "binary";
        };
        QuarantinedRecordPage: {
            items: components["schemas"]["QuarantinedRecord"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        Recording: {
            /** Format: uuid */
            id: string;
            /** @description As its sensor calls it */
            name: string;
            sensor_id: string;
            /** @description null: no session of this sensor with the key that it was sent with is known yet */
            session_id: string | null;
            /** @enum {string} */
            format: "asciicast-v2" | "cowrie-ttylog";
            /**
             * @description When its first chunk was received
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_received_at: string;
            /** @description false: the session is still running, or its end was lost */
            is_complete: boolean;
            /** @description That were received; they may have gaps between them */
            chunks: number;
            /** @description Of all chunks as asciicast v2 */
            bytes: number;
            /** @description Columns; null while the first chunk is missing */
            width: number | null;
            /** @description Rows; null while the first chunk is missing */
            height: number | null;
            /** @description Of the bytes of one that was sent whole, in hexadecimal; null for one in chunks */
            sha256: string | null;
            /** @description Time of its last event */
            duration_seconds: number;
        };
        RecordingFrames: {
            recording: components["schemas"]["Recording"];
            /** @description When it began, by the clock of its sensor, to the second; null in answers without the first chunk, and where the recording does not say */
            started_at: string | null;
            frames: [
                number,
                "o" | "i" | "r" | "m",
                string
            ][];
            /** @description Number of the last chunk that is in it */
            next_after: number;
            /** @description Further chunks are there already */
            has_more: boolean;
            /** @description Chunks that were not received before the last one that is in it */
            missing_chunks: number;
        };
        RecordingPage: {
            items: components["schemas"]["Recording"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        RefreshRequest: {
            /** @description Absent: the cookie, with the header X-EvilTwin-Dashboard */
            refresh_token?: string;
        };
        ReplicaSignals: {
            /** Format: uuid */
            id: string;
            host: string;
            /** @description Of EvilTwin; absent for 0.1.0 */
            version?: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            started_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            seen_at: string;
            /** @description It evaluates the operational alerts */
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
            /** @description How far its clock is ahead of the clock of the database; absent for 0.1.0 */
            clock_skew_ms?: number | null;
        };
        Retention: {
            retention_days: number;
            /**
             * @description environment: RETENTION_DAYS is set, and cannot be changed here
             * @enum {string}
             */
            set_by: "default" | "environment" | "settings";
            changed_by: string | null;
            changed_at: string | null;
            quarantine_max_bytes: number;
            min_free_disk_bytes: number;
            embedded_database: boolean;
        };
        RetentionChange: {
            /** @description What was received before is removed within the hour */
            retention_days: number;
        };
        RouteSignals: {
            route: string;
            requests: number;
            requests_per_second: number;
            /** @description Share answered 4xx */
            client_error_rate: number;
            /** @description Share answered 5xx */
            server_error_rate: number;
            /** @description Share whose client left without an answer (499) */
            unanswered_rate: number;
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
        };
        Score: {
            source_ip: string;
            threat_score: number;
            /** @enum {string} */
            threat_level: "low" | "medium" | "high" | "critical";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
        };
        ScoreReason: {
            name: string;
            description: string;
            contribution: number;
            /** @description MITRE ATT&CK technique ids */
            techniques: string[];
        };
        ScoringStatus: {
            model_loaded: boolean;
            /** @description Name and version of what scores now */
            scorer: string;
            /** @description null: no model */
            trained_on: {
                sessions: number;
                labelled: number;
            } | null;
            /** @description null: no model, or fewer than 100 sessions in the last day */
            drift: components["schemas"]["Drift"] | null;
        };
        Sensor: {
            sensor_id: string;
            /** @enum {string} */
            sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            first_seen_at: string;
            /**
             * @description When its newest event happened, by its own clock
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_received_at: string;
            event_count: number;
            session_count: number;
            /** @description Of the last 24 hours, oldest first */
            hourly_events: number[];
            /**
             * @description no_data: silent for longer than its limit; unknown: too little is known of it
             * @enum {string}
             */
            state: "active" | "no_data" | "unknown";
            /** @description Since when the platform judges so; null: not yet */
            state_since: string | null;
            /** @description Whether its silence is an operational alert */
            expected: boolean;
            /** @description Where the limit comes from; null where there is none */
            judged_by: ("own_limit" | "heartbeat" | "events") | null;
            /** @description How long it may be silent */
            limit_seconds: number | null;
            heartbeat: components["schemas"]["SensorHeartbeat"] | null;
            /** @description It has heartbeats, and no events for longer than usual: its sender runs, and the sensor itself may not */
            events_missing: boolean;
            /** @description By how much its clock is behind, negative where it is ahead; null: not known */
            clock_skew_seconds: number | null;
            /** @description Its clock is wrong by more than 120 s */
            clock_wrong: boolean;
            /** @description Two hosts or two keys send as this sensor by turns */
            duplicate: boolean;
            expectation: components["schemas"]["SensorExpectation"] | null;
        };
        SensorExpectation: {
            /** @enum {string} */
            expected: "automatic" | "yes" | "no";
            /** @description Of `yes`: the sensor is not expected afterwards; of `no`: it is automatic afterwards */
            until: string | null;
            /** @description How long it may be silent; null: as learned from what it sent */
            silence_limit_seconds: number | null;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            changed_at: string;
            changed_by: string;
        };
        SensorExpectationChange: {
            sensor_id: string;
            /** @enum {string} */
            expected: "automatic" | "yes" | "no";
            /** @default null */
            until?: string | null;
            /** @default null */
            silence_limit_seconds?: number | null;
        };
        SensorHeartbeat: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            received_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            sent_at: string;
            software: string | null;
            version: string | null;
            spooled_bytes: number | null;
            /** @description Usual time between two; null: not known */
            interval_seconds: number | null;
        };
        SensorList: {
            items: components["schemas"]["Sensor"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        Session: {
            /** Format: uuid */
            id: string;
            sensor_id: string;
            /** @enum {string} */
            sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            source_ip: string;
            country: string | null;
            protocols: string[];
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            started_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
            ended_at: string | null;
            event_count: number;
            login_attempt_count: number;
            login_success_count: number;
            command_count: number;
            file_count: number;
            clients: string[];
            threat_score: number;
            /** @enum {string} */
            threat_level: "low" | "medium" | "high" | "critical";
        };
        SessionDetail: {
            /** Format: uuid */
            id: string;
            sensor_id: string;
            /** @enum {string} */
            sensor_kind: "cowrie" | "dionaea" | "opencanary" | "canarytoken" | "eviltwin" | "generic";
            source_ip: string;
            country: string | null;
            protocols: string[];
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            started_at: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            last_seen_at: string;
            ended_at: string | null;
            event_count: number;
            login_attempt_count: number;
            login_success_count: number;
            command_count: number;
            file_count: number;
            clients: string[];
            threat_score: number;
            /** @enum {string} */
            threat_level: "low" | "medium" | "high" | "critical";
            score: {
                scorer: string;
                reasons: components["schemas"]["ScoreReason"][];
            };
            techniques: {
                id: string;
                because: string[];
            }[];
            /** @description Characters of its commands that were too many to be read; see the behaviour `padding` */
            unread_characters: number;
            credentials: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                occurred_at: string;
                username: string | null;
                password: string | null;
                success: boolean;
            }[];
            commands: {
                /** Format: uuid */
                event_id: string;
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                occurred_at: string;
                command: string;
            }[];
            /** @description The commands, statement by statement, and what each is for */
            statements: {
                /** Format: uuid */
                event_id: string;
                statement: string;
                /** @description MITRE ATT&CK tactic, `Harmless` or `Other` */
                tactic: string;
                /** @description null: by rules, while there is no model */
                probability: number | null;
                techniques: string[];
            }[];
            files: {
                /** Format: uuid */
                event_id: string;
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                occurred_at: string;
                /** @enum {string} */
                event_type: "connect" | "login_attempt" | "command" | "file_download" | "file_upload" | "proxy_request" | "exploit" | "canary" | "disconnect" | "other";
                url: string | null;
                file_sha256: string | null;
            }[];
            /** @description How many of each a long session has beyond what is listed */
            left_out: {
                credentials: number;
                commands: number;
                files: number;
                /** @description Commands without `statements` */
                unanalysed_commands: number;
            };
            events: components["schemas"]["Event"][];
            next_cursor: string | null;
        };
        SessionFacets: {
            /** @description That were counted; at most 50,000, the newest */
            sessions: number;
            /** @description With `q`. A text that occurs often was looked for in sessions that began at or after this alone; null: no session was left out */
            searched_back_to?: string | null;
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
            behaviour: {
                value: string;
                sessions: number;
            }[];
            /**
             * @deprecated
             * @description The former name of `behaviour`
             */
            signal: {
                value: string;
                sessions: number;
            }[];
        };
        SessionPage: {
            items: components["schemas"]["Session"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
            /** @description With `q`. A text that occurs often was looked for in sessions that began at or after this alone; null: no session was left out */
            searched_back_to?: string | null;
        };
        Setup: {
            /** @description Whether every step is done */
            complete: boolean;
            steps: components["schemas"]["SetupStep"][];
        };
        SetupStep: {
            /** @enum {string} */
            id: "sensor" | "channel" | "second_user" | "backup" | "external_check";
            title: string;
            done: boolean;
            /** @description When it last succeeded; null: never */
            at: string | null;
            /** @description What is the case now */
            detail: string;
            /** @description What to do; null: nothing */
            next: {
                text: string;
                /** @description A command that does it */
                command: string | null;
            } | null;
        };
        SloDetail: {
            id: string;
            name: string;
            description: string;
            service: string;
            /** @enum {string} */
            kind: "availability" | "latency" | "time_slices";
            /** @enum {string} */
            state: "met" | "at_risk" | "breached" | "no_data";
            /** @description Share of events, or minutes, that must be good */
            target: number;
            window: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            /** @description When the rest of the budget is gone at the pace of the last hour; null: not within the window */
            exhausted_at: string | null;
            /** @description Share that was good, gaps included; null: no data */
            compliance: number | null;
            /** @description What was recorded */
            measured: {
                good: number;
                total: number;
            };
            /** @description What was recorded, and what gaps count as */
            judged: {
                good: number;
                total: number;
            };
            /** @description The events that the objective counts */
            population: {
                /** @description Whose events count, and which of them are good, in words */
                description: string;
                /** @description When it replaced another population, before which nothing is stated; null: it never did */
                since: string | null;
                /** @description Requests of the window that say nothing about the platform, by whose they are; `unmeasured`: alerts of which nobody knows when a client had them */
                apart: {
                    /** @enum {string} */
                    population: "refused_quota" | "client_error" | "unauthenticated" | "unmeasured";
                    requests: number;
                }[];
            };
            /** @description The same ratio over all requests of the window, whoever sent them; null: not of requests */
            literal: {
                good: number;
                total: number;
                compliance: number | null;
            } | null;
            gaps: {
                /** @description Seconds in which no process of the platform ran and recorded */
                seconds: number;
                /** @description The same in minutes, rounded up */
                minutes: number;
                /** @description Events or minutes that count as bad: an estimate */
                assumed_bad: number;
                /** @description Lower bound of the estimate */
                low: number;
                /** @description Upper bound of the estimate */
                high: number;
                /** @description The newest 100 */
                intervals: {
                    /**
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-03-22T00:10:42.831494Z
                     */
                    from: string;
                    /**
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-03-22T00:10:42.831494Z
                     */
                    to: string;
                    /** @description Events or minutes that count as bad: an estimate */
                    assumed_bad: number;
                    /** @description Lower bound of the estimate */
                    low: number;
                    /** @description Upper bound of the estimate */
                    high: number;
                    /** @enum {string} */
                    method: "same_hour_of_week" | "hour_before" | "every_minute" | "none";
                }[];
            };
            percentile: {
                quantile: number;
                /** @description Within 1 % */
                value_ms: number;
                objective_ms: number;
            } | null;
            budget: {
                /** @description Share of events that may be bad: 1 - target */
                allowed: number;
                /** @description 1: all of it */
                consumed: number | null;
                /** @description Negative: overspent */
                remaining: number | null;
            };
            burn_rates: components["schemas"]["BurnRate"][];
            burn_alerts: components["schemas"]["BurnAlert"][];
            absence: {
                /** @description Without events for longer, absence is worth telling */
                after_minutes: number;
                last_event_at: string | null;
                firing: boolean;
            };
            explanation: string[];
            history: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                /** @description Over the window that ended then */
                compliance: number | null;
                budget_remaining: number | null;
                /** @description In the step that ended then: an hour; less for windows below a day */
                good: number;
                total: number;
                /** @description Of these, what gaps count as */
                assumed_bad: number;
            }[];
            /** @description The objective as an OpenSLO v1 document */
            openslo: string;
        };
        SloStatus: {
            id: string;
            name: string;
            description: string;
            service: string;
            /** @enum {string} */
            kind: "availability" | "latency" | "time_slices";
            /** @enum {string} */
            state: "met" | "at_risk" | "breached" | "no_data";
            /** @description Share of events, or minutes, that must be good */
            target: number;
            window: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            from: string;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            to: string;
            /** @description When the rest of the budget is gone at the pace of the last hour; null: not within the window */
            exhausted_at: string | null;
            /** @description Share that was good, gaps included; null: no data */
            compliance: number | null;
            /** @description What was recorded */
            measured: {
                good: number;
                total: number;
            };
            /** @description What was recorded, and what gaps count as */
            judged: {
                good: number;
                total: number;
            };
            /** @description The events that the objective counts */
            population: {
                /** @description Whose events count, and which of them are good, in words */
                description: string;
                /** @description When it replaced another population, before which nothing is stated; null: it never did */
                since: string | null;
                /** @description Requests of the window that say nothing about the platform, by whose they are; `unmeasured`: alerts of which nobody knows when a client had them */
                apart: {
                    /** @enum {string} */
                    population: "refused_quota" | "client_error" | "unauthenticated" | "unmeasured";
                    requests: number;
                }[];
            };
            /** @description The same ratio over all requests of the window, whoever sent them; null: not of requests */
            literal: {
                good: number;
                total: number;
                compliance: number | null;
            } | null;
            gaps: {
                /** @description Seconds in which no process of the platform ran and recorded */
                seconds: number;
                /** @description The same in minutes, rounded up */
                minutes: number;
                /** @description Events or minutes that count as bad: an estimate */
                assumed_bad: number;
                /** @description Lower bound of the estimate */
                low: number;
                /** @description Upper bound of the estimate */
                high: number;
                /** @description The newest 100 */
                intervals: {
                    /**
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-03-22T00:10:42.831494Z
                     */
                    from: string;
                    /**
                     * @description RFC 3339, UTC, microseconds
                     * @example 2026-03-22T00:10:42.831494Z
                     */
                    to: string;
                    /** @description Events or minutes that count as bad: an estimate */
                    assumed_bad: number;
                    /** @description Lower bound of the estimate */
                    low: number;
                    /** @description Upper bound of the estimate */
                    high: number;
                    /** @enum {string} */
                    method: "same_hour_of_week" | "hour_before" | "every_minute" | "none";
                }[];
            };
            percentile: {
                quantile: number;
                /** @description Within 1 % */
                value_ms: number;
                objective_ms: number;
            } | null;
            budget: {
                /** @description Share of events that may be bad: 1 - target */
                allowed: number;
                /** @description 1: all of it */
                consumed: number | null;
                /** @description Negative: overspent */
                remaining: number | null;
            };
            burn_rates: components["schemas"]["BurnRate"][];
            burn_alerts: components["schemas"]["BurnAlert"][];
            absence: {
                /** @description Without events for longer, absence is worth telling */
                after_minutes: number;
                last_event_at: string | null;
                firing: boolean;
            };
            explanation: string[];
        };
        SloStatusPage: {
            items: components["schemas"]["SloStatus"][];
            next_cursor: null;
        };
        StoredEvidence: {
            /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
            sha256: string;
            bytes: number;
            type: string;
            session_id: string | null;
            /** @enum {string} */
            status: "stored" | "duplicate";
        };
        StoredRecording: {
            /** Format: uuid */
            id: string;
            session_id: string | null;
            /** @enum {string} */
            status: "stored" | "duplicate";
        };
        SyntheticChannelTest: {
            /**
             * Format: uuid
             * @description Also of its message: see GET /channels/deliveries
             */
            id: string;
            /** Format: uuid */
            channel_id: string;
            /** @description As it was named when the test began */
            channel_name: string;
            /** @description Username; null: the schedule */
            requested_by: string | null;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            requested_at: string;
            /** @enum {string} */
            state: "waiting" | "sending" | "delivered" | "failed";
            /** @description The attack whose alert was sent */
            run_id: string | null;
            /** @description When the alert was given to the channel */
            sent_at: string | null;
            /** @description When it was delivered, or found to have failed */
            settled_at: string | null;
            /** @description Why it failed */
            failure: string | null;
        };
        SyntheticMarker: {
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            at: string;
            /** @enum {string} */
            reason: "unknown" | "replayed" | "late" | "elsewhere";
            sensor_id: string;
            source_ip: string;
            /** Format: uuid */
            session_id: string;
        };
        SyntheticRun: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            target_id: string;
            target_name: string;
            /** @enum {string} */
            kind: "log" | "hec" | "ssh" | "telnet" | "http" | "redis" | "mysql" | "ftp" | "smtp";
            sensor_id: string;
            source_ip: string;
            /**
             * @description From when on its events are expected
             * @example 2026-03-22T00:10:42.831494Z
             */
            opens_at: string;
            /**
             * @description Until when they are
             * @example 2026-03-22T00:10:42.831494Z
             */
            closes_at: string;
            /** @enum {string} */
            outcome: "waiting" | "detected" | "missed";
            /** @description What kept it from the last hop */
            failure: string | null;
            session_id: string | null;
            threat_level: ("low" | "medium" | "high" | "critical") | null;
            threat_score: number | null;
            attacked_at: string | null;
            received_at: string | null;
            scored_at: string | null;
            durable_at: string | null;
            alerted_at: string | null;
            /** @description `rule`: the sensor reports too little for an alert by its score, as those do that report logins alone; the alert was raised when the window was over, to prove the rest of the way */
            alerted_by: ("score" | "rule") | null;
            delivered_at: string | null;
            acknowledged_at: string | null;
        };
        SyntheticRunPage: {
            items: components["schemas"]["SyntheticRun"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        SyntheticStatus: {
            /** @description SYNTHETIC_ATTACKS; where it is off nothing is attacked */
            on: boolean;
            /** @description Why it is on and nothing is attacked */
            paused_because: string | null;
            targets: components["schemas"]["SyntheticTarget"][];
            /** @description Of the ways into the platform itself */
            keys: {
                /** @enum {string} */
                log: "valid" | "revoked" | "missing";
                /** @enum {string} */
                hec: "valid" | "revoked" | "missing";
            };
            /** @description The newest 20 */
            ignored_markers: components["schemas"]["SyntheticMarker"][];
        };
        SyntheticTarget: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "log" | "hec" | "ssh" | "telnet" | "http" | "redis" | "mysql" | "ftp" | "smtp";
            name: string;
            /** @description The platform made it: it cannot be removed, only switched off */
            own: boolean;
            /**
             * @description `platform`: a way into the platform itself. `start`: a decoy that a server started; it is registered again by every start that starts it, so switch it off to exclude it
             * @enum {string}
             */
            registered_by: "platform" | "start" | "administrator";
            enabled: boolean;
            /** @description The sensor that is expected to report the attack */
            sensor_id: string;
            /** @description Where attacks come from, as the sensor sees it */
            source_ip: string;
            host: string | null;
            port: number | null;
            interval_seconds: number;
            /**
             * @description When the next attack is due
             * @example 2026-03-22T00:10:42.831494Z
             */
            next_at: string;
            /** @description Username; null for the platform itself */
            created_by: string | null;
        };
        SyntheticTargetPatch: {
            enabled?: boolean;
            interval_seconds?: number;
        };
        Timeline: {
            /** @enum {string} */
            interval: "minute" | "hour";
            buckets: {
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                at: string;
                events: number;
                low: number;
                medium: number;
                high: number;
                critical: number;
            }[];
        };
        TokenPair: {
            access_token: string;
            /** @description null: it is in the cookie */
            refresh_token: string | null;
            /** @constant */
            token_type: "Bearer";
            /** @description Seconds until the access token expires */
            expires_in: number;
        };
        TopAttackers: {
            items: {
                source_ip: string;
                /** @description Within the window, to the hour */
                events: number;
                /** @description With an event in the window, to the hour */
                sessions: number;
                threat_score: number;
                /** @enum {string} */
                threat_level: "low" | "medium" | "high" | "critical";
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                last_seen_at: string;
            }[];
        };
        Trend: {
            this_week: number | null;
            last_week: number | null;
            /** @description Relative: 0.1 is 10 % more */
            change: number | null;
        };
        Triage: {
            /** Format: uuid */
            session_id: string;
            /** @enum {string} */
            source: "llm" | "rules";
            /** @description Whether the LLM answered */
            available: boolean;
            model: string | null;
            /** @description Why rules made it; `retry_at`: when the quota begins anew. Null for an analysis by the LLM */
            fallback: {
                /** @enum {string} */
                reason: "not_configured" | "unavailable" | "unusable_answer" | "user_quota" | "total_quota";
                detail: string;
                retry_at: string | null;
            } | null;
            summary: string;
            /** @enum {string} */
            severity: "low" | "medium" | "high" | "critical";
            /** @description Where the LLM is more than one step below the rules: `accepted` for a reason that the platform knows to be true, else `raised` to one step below; null elsewhere */
            severity_check: {
                /** @enum {string} */
                llm: "low" | "medium" | "high" | "critical";
                /** @enum {string} */
                rules: "low" | "medium" | "high" | "critical";
                /** @enum {string} */
                outcome: "raised" | "accepted";
                reason: ("research_scanner" | "only_failed_logins" | "only_connections") | null;
            } | null;
            techniques: components["schemas"]["TriageTechnique"][];
            iocs: components["schemas"]["Ioc"][];
            recommended_actions: string[];
            evidence: {
                /** Format: uuid */
                event_id: string;
                /**
                 * @description RFC 3339, UTC, microseconds
                 * @example 2026-03-22T00:10:42.831494Z
                 */
                occurred_at: string;
                what: string;
            }[];
            /** @description What the LLM said that the events do not back */
            dropped: {
                techniques: number;
                iocs: number;
                claims: number;
                actions: number;
            };
            /** @description Why claims and actions were dropped */
            drop_reasons: {
                /** @enum {string} */
                reason: "no_evidence" | "empty" | "link" | "address" | "domain" | "hash" | "command" | "unsafe";
                count: number;
            }[];
            /** @description How many events of a long session were not analysed */
            left_out: {
                events: number;
            };
        };
        TriageTechnique: {
            /** @description MITRE ATT&CK (enterprise) technique */
            id: string;
            name: string;
            event_ids: string[];
        };
        User: {
            /** Format: uuid */
            id: string;
            username: string;
            /** @enum {string} */
            role: "viewer" | "analyst" | "admin";
            disabled: boolean;
            /**
             * @description RFC 3339, UTC, microseconds
             * @example 2026-03-22T00:10:42.831494Z
             */
            created_at: string;
            last_login_at: string | null;
            /** @description The password in use is refused by the policy; nothing else is allowed before it is changed */
            must_change_password: boolean;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            next_cursor: string | null;
            /** @description Matching rows that were counted; with `count=true` */
            total?: number;
            /** @description Beside `total`. false: more rows may match than were counted, and `total` is the least that there are */
            total_is_exact?: boolean;
        };
        UserPatch: {
            /** @enum {string} */
            role?: "viewer" | "analyst" | "admin";
            /** @description Refused when it is common, or hardly more than the name of the user or of EvilTwin */
            password?: string;
            disabled?: boolean;
        };
        WsTicket: {
            /** @description Good for one connection */
            ticket: string;
            /** @description Seconds */
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
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description The action, or the beginning of actions: `user.` */
                action?: string;
                /** @description Name of who did it */
                actor?: string;
                outcome?: "succeeded" | "refused";
                from?: string;
                /** @description Before this time */
                to?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "seq": 1,
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "action": "user.add",
                     *           "outcome": "succeeded",
                     *           "actor_kind": "user",
                     *           "count": 1,
                     *           "detail": {
                     *             "actor": {
                     *               "kind": "user",
                     *               "id": "0195c0de-7a11-7000-8000-000000000001",
                     *               "name": "cowrie in the office"
                     *             },
                     *             "address": "203.0.113.7",
                     *             "request_id": "9f1c2b3a",
                     *             "target": {
                     *               "id": "0195c0de-7a11-7000-8000-000000000001",
                     *               "name": "cowrie in the office"
                     *             },
                     *             "before": null,
                     *             "after": null,
                     *             "reason": "planned maintenance"
                     *           },
                     *           "hash": "0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["AuditEntryPage"];
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
                    /**
                     * @example {
                     *       "seq": 1,
                     *       "hash": "0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c",
                     *       "at": "2026-03-22T00:10:42.831494Z",
                     *       "unwritten": 1,
                     *       "lost": 1
                     *     }
                     */
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
                /**
                 * @example {
                 *       "username": "ana",
                 *       "password": "lantern orchid glacier mosaic",
                 *       "cookie": false
                 *     }
                 */
                "application/json": components["schemas"]["LoginRequest"];
                /**
                 * @example {
                 *       "username": "ana",
                 *       "password": "lantern orchid glacier mosaic",
                 *       "cookie": false
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl",
                     *       "refresh_token": "rt_ExampleExampleExampleExample",
                     *       "token_type": "Bearer",
                     *       "expires_in": 1
                     *     }
                     */
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
                /**
                 * @example {
                 *       "refresh_token": "rt_ExampleExampleExampleExample"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl",
                     *       "refresh_token": "rt_ExampleExampleExampleExample",
                     *       "token_type": "Bearer",
                     *       "expires_in": 1
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "username": "ana",
                     *       "role": "viewer",
                     *       "disabled": true,
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_login_at": "2026-03-22T00:10:42.831494Z",
                     *       "must_change_password": true
                     *     }
                     */
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
                /**
                 * @example {
                 *       "current_password": "lantern orchid glacier mosaic",
                 *       "new_password": "mosaic glacier orchid lantern"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_used_at": "2026-03-22T00:10:42.831494Z",
                     *           "expires_at": "2026-03-22T00:10:42.831494Z",
                     *           "address": "203.0.113.7",
                     *           "user_agent": "example",
                     *           "current": true
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["LoginSessionPage"];
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
                    /**
                     * @example {
                     *       "ended": 1
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "username": "ana",
                     *           "role": "viewer",
                     *           "disabled": true,
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_login_at": "2026-03-22T00:10:42.831494Z",
                     *           "must_change_password": true
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["UserPage"];
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
                /**
                 * @example {
                 *       "username": "ana",
                 *       "password": "lantern orchid glacier mosaic",
                 *       "role": "viewer"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "username": "ana",
                     *       "role": "viewer",
                     *       "disabled": true,
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_login_at": "2026-03-22T00:10:42.831494Z",
                     *       "must_change_password": true
                     *     }
                     */
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
                /**
                 * @example {
                 *       "role": "viewer",
                 *       "password": "lantern orchid glacier mosaic",
                 *       "disabled": true
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "username": "ana",
                     *       "role": "viewer",
                     *       "disabled": true,
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_login_at": "2026-03-22T00:10:42.831494Z",
                     *       "must_change_password": true
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "scopes": [
                     *             "ingest"
                     *           ],
                     *           "kind": "sensor",
                     *           "sensor_id": "cowrie-1",
                     *           "sensor_ids": [
                     *             "cowrie-1"
                     *           ],
                     *           "any_sensor": true,
                     *           "bound_by": "operator",
                     *           "bound_at": "2026-03-22T00:10:42.831494Z",
                     *           "refused_records": 1,
                     *           "last_refused_at": "2026-03-22T00:10:42.831494Z",
                     *           "prefix": "et_Exam",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_used_at": "2026-03-22T00:10:42.831494Z",
                     *           "revoked_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKeyPage"];
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
                /**
                 * @example {
                 *       "name": "cowrie in the office",
                 *       "scopes": [
                 *         "ingest"
                 *       ],
                 *       "kind": "sensor",
                 *       "sensor_id": "cowrie-1"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "scopes": [
                     *         "ingest"
                     *       ],
                     *       "kind": "sensor",
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_ids": [
                     *         "cowrie-1"
                     *       ],
                     *       "any_sensor": true,
                     *       "bound_by": "operator",
                     *       "bound_at": "2026-03-22T00:10:42.831494Z",
                     *       "refused_records": 1,
                     *       "last_refused_at": "2026-03-22T00:10:42.831494Z",
                     *       "prefix": "et_Exam",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_used_at": "2026-03-22T00:10:42.831494Z",
                     *       "revoked_at": "2026-03-22T00:10:42.831494Z",
                     *       "key": "et_ExampleExampleExampleExampleExampleExample"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "scopes": [
                     *         "ingest"
                     *       ],
                     *       "kind": "sensor",
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_ids": [
                     *         "cowrie-1"
                     *       ],
                     *       "any_sensor": true,
                     *       "bound_by": "operator",
                     *       "bound_at": "2026-03-22T00:10:42.831494Z",
                     *       "refused_records": 1,
                     *       "last_refused_at": "2026-03-22T00:10:42.831494Z",
                     *       "prefix": "et_Exam",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_used_at": "2026-03-22T00:10:42.831494Z",
                     *       "revoked_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
                /**
                 * @example {
                 *       "kind": "sensor",
                 *       "sensor_id": "cowrie-1"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "scopes": [
                     *         "ingest"
                     *       ],
                     *       "kind": "sensor",
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_ids": [
                     *         "cowrie-1"
                     *       ],
                     *       "any_sensor": true,
                     *       "bound_by": "operator",
                     *       "bound_at": "2026-03-22T00:10:42.831494Z",
                     *       "refused_records": 1,
                     *       "last_refused_at": "2026-03-22T00:10:42.831494Z",
                     *       "prefix": "et_Exam",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_used_at": "2026-03-22T00:10:42.831494Z",
                     *       "revoked_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "sensor_id": "cowrie-1",
                     *           "allowed": true,
                     *           "records": 1,
                     *           "first_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["KeySensorPage"];
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
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Also count the matching rows, up to 10,000 */
                count?: string;
                state?: "open" | "acknowledged" | "resolved";
                /** @description Minimum level; no alert is below high */
                threat_level?: "low" | "medium" | "high" | "critical";
                /** @description Exactly these levels; may be repeated */
                level?: ("low" | "medium" | "high" | "critical")[];
                kind?: "session" | "canary";
                /** @description Address or CIDR, IPv4 or IPv6 */
                src_ip?: string;
                sensor_id?: string;
                session_id?: string;
                assignee?: string;
                /** @description Raised at or after */
                from?: string;
                /** @description Raised before */
                to?: string;
                /** @description Only suppressed alerts, instead of announced ones */
                suppressed?: string;
                /** @description Only alerts that are suppressed for this reason; backfill: imported history */
                suppressed_by?: "mute" | "backfill" | "minimum_level" | "known_scanner" | "campaign";
                /** @description Former name of `threat_level` */
                min_level?: "low" | "medium" | "high" | "critical";
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "kind": "session",
                     *           "threat_level": "high",
                     *           "threat_score": 0.85,
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "source_ip": "203.0.113.7",
                     *           "sensor_id": "cowrie-1",
                     *           "sensor_kind": "cowrie",
                     *           "reasons": [
                     *             {
                     *               "name": "cowrie in the office",
                     *               "contribution": 0.39
                     *             }
                     *           ],
                     *           "detail": "A test message was delivered",
                     *           "first_of_attacker": true,
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "event_received_at": "2026-03-22T00:10:42.831494Z",
                     *           "raised_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_occurrence_at": "2026-03-22T00:10:42.831494Z",
                     *           "occurrence_count": 1,
                     *           "source_count": 1,
                     *           "state": "open",
                     *           "assignee": "ana",
                     *           "suppressed_by": "mute",
                     *           "suppressed_because": "example",
                     *           "campaign_alert_id": "0195c0de-7a11-7000-8000-000000000001"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["AlertPage"];
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "session",
                     *       "threat_level": "high",
                     *       "threat_score": 0.85,
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "source_ip": "203.0.113.7",
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_kind": "cowrie",
                     *       "reasons": [
                     *         {
                     *           "name": "cowrie in the office",
                     *           "contribution": 0.39
                     *         }
                     *       ],
                     *       "detail": "A test message was delivered",
                     *       "first_of_attacker": true,
                     *       "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *       "event_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "raised_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_occurrence_at": "2026-03-22T00:10:42.831494Z",
                     *       "occurrence_count": 1,
                     *       "source_count": 1,
                     *       "state": "open",
                     *       "assignee": "ana",
                     *       "suppressed_by": "mute",
                     *       "suppressed_because": "example",
                     *       "campaign_alert_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "history": [
                     *         {
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "actor": "ana",
                     *           "action": "raised",
                     *           "detail": "A test message was delivered"
                     *         }
                     *       ],
                     *       "sources": [
                     *         "203.0.113.7"
                     *       ]
                     *     }
                     */
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
                /**
                 * @example {
                 *       "state": "open",
                 *       "assignee": "ana",
                 *       "comment": "example"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "session",
                     *       "threat_level": "high",
                     *       "threat_score": 0.85,
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "source_ip": "203.0.113.7",
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_kind": "cowrie",
                     *       "reasons": [
                     *         {
                     *           "name": "cowrie in the office",
                     *           "contribution": 0.39
                     *         }
                     *       ],
                     *       "detail": "A test message was delivered",
                     *       "first_of_attacker": true,
                     *       "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *       "event_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "raised_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_occurrence_at": "2026-03-22T00:10:42.831494Z",
                     *       "occurrence_count": 1,
                     *       "source_count": 1,
                     *       "state": "open",
                     *       "assignee": "ana",
                     *       "suppressed_by": "mute",
                     *       "suppressed_because": "example",
                     *       "campaign_alert_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "history": [
                     *         {
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "actor": "ana",
                     *           "action": "raised",
                     *           "detail": "A test message was delivered"
                     *         }
                     *       ],
                     *       "sources": [
                     *         "203.0.113.7"
                     *       ]
                     *     }
                     */
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
                /**
                 * @example {
                 *       "ids": [
                 *         "0195c0de-7a11-7000-8000-000000000001"
                 *       ]
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "acknowledged": 1,
                     *       "unchanged": 1,
                     *       "unknown": [
                     *         "0195c0de-7a11-7000-8000-000000000001"
                     *       ]
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "policy": {
                     *         "minimum_level": "high",
                     *         "mute_known_scanners": true,
                     *         "campaign_grouping": "off",
                     *         "campaign_window_minutes": 1,
                     *         "backfill_after_minutes": 1440
                     *       },
                     *       "mutes": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "source": "203.0.113.0/24",
                     *           "sensor_id": "cowrie-1",
                     *           "reason": "planned maintenance",
                     *           "created_by": "ana",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "expires_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "suppressed_24h": {
                     *         "mute": 1,
                     *         "backfill": 1,
                     *         "minimum_level": 1,
                     *         "known_scanner": 1,
                     *         "campaign": 1
                     *       }
                     *     }
                     */
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
                /**
                 * @example {
                 *       "minimum_level": "high",
                 *       "mute_known_scanners": true,
                 *       "campaign_grouping": "off",
                 *       "campaign_window_minutes": 1,
                 *       "backfill_after_minutes": 1440
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "policy": {
                     *         "minimum_level": "high",
                     *         "mute_known_scanners": true,
                     *         "campaign_grouping": "off",
                     *         "campaign_window_minutes": 1,
                     *         "backfill_after_minutes": 1440
                     *       },
                     *       "mutes": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "source": "203.0.113.0/24",
                     *           "sensor_id": "cowrie-1",
                     *           "reason": "planned maintenance",
                     *           "created_by": "ana",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "expires_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "suppressed_24h": {
                     *         "mute": 1,
                     *         "backfill": 1,
                     *         "minimum_level": 1,
                     *         "known_scanner": 1,
                     *         "campaign": 1
                     *       }
                     *     }
                     */
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
                /**
                 * @example {
                 *       "source": "203.0.113.0/24",
                 *       "sensor_id": "cowrie-1",
                 *       "reason": "planned maintenance",
                 *       "expires_at": "2036-03-22T12:00:00.000000Z"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "source": "203.0.113.0/24",
                     *       "sensor_id": "cowrie-1",
                     *       "reason": "planned maintenance",
                     *       "created_by": "ana",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "expires_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "ticket": "ExampleExampleExampleExample",
                     *       "expires_in": 1
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "enabled": true,
                     *           "threat_alerts": true,
                     *           "operational_alerts": true,
                     *           "minimum_level": "high",
                     *           "digest": "off",
                     *           "settings": {
                     *             "type": "webhook"
                     *           },
                     *           "has_secret": true,
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "pending": 1,
                     *           "dead": 1,
                     *           "last_delivered_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_error": "example"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ChannelPage"];
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
                /**
                 * @example {
                 *       "name": "cowrie in the office",
                 *       "enabled": true,
                 *       "threat_alerts": true,
                 *       "operational_alerts": true,
                 *       "minimum_level": "high",
                 *       "digest": "off",
                 *       "settings": {
                 *         "type": "webhook",
                 *         "url": "https://eviltwin.example.org/hook",
                 *         "secret": "a secret of at least 24 characters"
                 *       }
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "enabled": true,
                     *       "threat_alerts": true,
                     *       "operational_alerts": true,
                     *       "minimum_level": "high",
                     *       "digest": "off",
                     *       "settings": {
                     *         "type": "webhook"
                     *       },
                     *       "has_secret": true,
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "pending": 1,
                     *       "dead": 1,
                     *       "last_delivered_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_error": "example"
                     *     }
                     */
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
                /**
                 * @example {
                 *       "name": "cowrie in the office",
                 *       "enabled": true,
                 *       "threat_alerts": true,
                 *       "operational_alerts": true,
                 *       "minimum_level": "high",
                 *       "digest": "off",
                 *       "settings": {
                 *         "type": "webhook",
                 *         "url": "https://eviltwin.example.org/hook",
                 *         "secret": "a secret of at least 24 characters"
                 *       }
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "enabled": true,
                     *       "threat_alerts": true,
                     *       "operational_alerts": true,
                     *       "minimum_level": "high",
                     *       "digest": "off",
                     *       "settings": {
                     *         "type": "webhook"
                     *       },
                     *       "has_secret": true,
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "pending": 1,
                     *       "dead": 1,
                     *       "last_delivered_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_error": "example"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "delivered": true,
                     *       "detail": "A test message was delivered",
                     *       "duration_ms": 1
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Also count the matching rows, up to 10,000 */
                count?: string;
                channel_id?: string;
                state?: "pending" | "delivered" | "dead";
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "channel_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "notice": {
                     *             "kind": "threat_alert",
                     *             "status": "firing",
                     *             "alert": {
                     *               "id": "0195c0de-7a11-7000-8000-000000000001",
                     *               "kind": "session",
                     *               "threat_level": "high",
                     *               "threat_score": 0.85,
                     *               "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *               "source_ip": "203.0.113.7",
                     *               "sensor_id": "cowrie-1",
                     *               "sensor_kind": "cowrie",
                     *               "reasons": [
                     *                 {
                     *                   "name": "cowrie in the office",
                     *                   "contribution": 0.39
                     *                 }
                     *               ],
                     *               "detail": "A test message was delivered",
                     *               "first_of_attacker": true,
                     *               "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *               "event_received_at": "2026-03-22T00:10:42.831494Z",
                     *               "raised_at": "2026-03-22T00:10:42.831494Z",
                     *               "last_occurrence_at": "2026-03-22T00:10:42.831494Z",
                     *               "occurrence_count": 1,
                     *               "source_count": 1,
                     *               "state": "open",
                     *               "assignee": "ana",
                     *               "suppressed_by": "mute",
                     *               "suppressed_because": "example",
                     *               "campaign_alert_id": "0195c0de-7a11-7000-8000-000000000001"
                     *             }
                     *           },
                     *           "state": "pending",
                     *           "attempts": 1,
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "next_attempt_at": "2026-03-22T00:10:42.831494Z",
                     *           "delivered_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_error": "example"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryPage"];
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
                /**
                 * @example {
                 *       "ids": [
                 *         "0195c0de-7a11-7000-8000-000000000001"
                 *       ],
                 *       "channel_id": "0195c0de-7a11-7000-8000-000000000001"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "retried": 1
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "model_loaded": true,
                     *       "scorer": "example",
                     *       "trained_on": {
                     *         "sessions": 1,
                     *         "labelled": 1
                     *       },
                     *       "drift": {
                     *         "since": "2026-03-22T00:10:42.831494Z",
                     *         "sessions": 1,
                     *         "verdict": "stable",
                     *         "level_psi": 1,
                     *         "features": [
                     *           {
                     *             "name": "cowrie in the office",
                     *             "description": "A command fetches something from elsewhere",
                     *             "psi": 1
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "retention_days": 1,
                     *       "set_by": "default",
                     *       "changed_by": "ana",
                     *       "changed_at": "2026-03-22T00:10:42.831494Z",
                     *       "quarantine_max_bytes": 1,
                     *       "min_free_disk_bytes": 1,
                     *       "embedded_database": true
                     *     }
                     */
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
                /**
                 * @example {
                 *       "retention_days": 1
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "retention_days": 1,
                     *       "set_by": "default",
                     *       "changed_by": "ana",
                     *       "changed_at": "2026-03-22T00:10:42.831494Z",
                     *       "quarantine_max_bytes": 1,
                     *       "min_free_disk_bytes": 1,
                     *       "embedded_database": true
                     *     }
                     */
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "source_ip": "203.0.113.7",
                 *       "occurred_at": "2026-03-22T12:00:00Z",
                 *       "sensor_id": "cowrie-1",
                 *       "event_type": "login_attempt",
                 *       "username": "root",
                 *       "password": "admin"
                 *     }
                 */
                "application/json": Record<string, never>;
                /** @example {"source_ip":"203.0.113.7","occurred_at":"2026-03-22T12:00:00Z","sensor_id":"cowrie-1","event_type":"login_attempt","username":"root","password":"admin"} */
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "threat_score": 0.85,
                     *       "threat_level": "low",
                     *       "status": "processed"
                     *     }
                     */
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sourcetype": "cowrie",
                 *       "event": {
                 *         "source_ip": "203.0.113.7",
                 *         "occurred_at": "2026-03-22T12:00:00Z",
                 *         "username": "root"
                 *       }
                 *     }
                 */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sourcetype": "cowrie",
                 *       "event": {
                 *         "source_ip": "203.0.113.7",
                 *         "occurred_at": "2026-03-22T12:00:00Z",
                 *         "username": "root"
                 *       }
                 *     }
                 */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sourcetype": "cowrie",
                 *       "event": {
                 *         "source_ip": "203.0.113.7",
                 *         "occurred_at": "2026-03-22T12:00:00Z",
                 *         "username": "root"
                 *       }
                 *     }
                 */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
        requestBody: {
            content: {
                /** @example {"source_ip":"203.0.113.7","occurred_at":"2026-03-22T12:00:00Z","username":"root"} */
                "text/plain": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
        requestBody: {
            content: {
                /** @example {"source_ip":"203.0.113.7","occurred_at":"2026-03-22T12:00:00Z","username":"root"} */
                "text/plain": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acks": [
                 *         0,
                 *         1
                 *       ]
                 *     }
                 */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acks": {
                     *         "example": true
                     *       }
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
    getServicesCollectorHealth10: {
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
                    /**
                     * @example {
                     *       "text": "example",
                     *       "code": 1
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Also count the matching rows, up to 10,000 */
                count?: string;
                reason?: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
                sensor_id?: string;
                key_id?: components["schemas"]["QuarantineOwner"];
                /** @description Received at or after */
                from?: string;
                /** @description Received before */
                to?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "received_at": "2026-03-22T00:10:42.831494Z",
                     *           "sensor_id": "cowrie-1",
                     *           "key_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "reason": "invalid_json",
                     *           "detail": "A test message was delivered",
                     *           "times_seen": 1,
                     *           "size_bytes": 1,
                     *           "sha256": "example",
                     *           "replayable": true,
                     *           "excerpt": "example",
                     *           "tail": "example",
                     *           "encoding": "utf-8"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["QuarantinedRecordPage"];
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
                reason?: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
                sensor_id?: string;
                key_id?: components["schemas"]["QuarantineOwner"];
                /** @description Received at or after */
                from?: string;
                /** @description Received before */
                to?: string;
                /** @description Must be true where nothing else is given */
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
                    /**
                     * @example {
                     *       "deleted": 1,
                     *       "bytes": 1,
                     *       "more": true
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "max_bytes": 1,
                     *       "max_bytes_per_key": 1,
                     *       "records": 1,
                     *       "bytes": 1,
                     *       "evicted_records": 1,
                     *       "evicted_bytes": 1,
                     *       "last_evicted_at": "2026-03-22T00:10:42.831494Z",
                     *       "keys": [
                     *         {
                     *           "key_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "key_name": "example",
                     *           "key_prefix": "example",
                     *           "records": 1,
                     *           "bytes": 1,
                     *           "evicted_records": 1,
                     *           "evicted_bytes": 1,
                     *           "last_evicted_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ]
                     *     }
                     */
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
                reason?: "invalid_json" | "invalid_utf8" | "not_an_object" | "too_deep" | "too_large" | "too_many_events" | "missing_source_ip" | "invalid_source_ip" | "missing_timestamp" | "invalid_timestamp" | "implausible_timestamp" | "normalization_failed" | "invalid_sensor_id" | "sensor_mismatch";
                sensor_id?: string;
                key_id?: components["schemas"]["QuarantineOwner"];
                /** @description Received at or after */
                from?: string;
                /** @description Received before */
                to?: string;
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
                    /**
                     * @example {
                     *       "records": 1,
                     *       "bytes": 1,
                     *       "replayable": 1,
                     *       "as_of": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "received_at": "2026-03-22T00:10:42.831494Z",
                     *       "sensor_id": "cowrie-1",
                     *       "key_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "reason": "invalid_json",
                     *       "detail": "A test message was delivered",
                     *       "times_seen": 1,
                     *       "size_bytes": 1,
                     *       "sha256": "example",
                     *       "replayable": true,
                     *       "excerpt": "example",
                     *       "tail": "example",
                     *       "encoding": "utf-8"
                     *     }
                     */
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
                /**
                 * @example {
                 *       "ids": [
                 *         "0195c0de-7a11-7000-8000-000000000001"
                 *       ],
                 *       "reason": "invalid_json",
                 *       "sensor_id": "cowrie-1",
                 *       "key_id": "0195c0de-7a11-7000-8000-000000000001",
                 *       "from": "2026-03-22T12:00:00.000000Z",
                 *       "to": "2026-03-22T12:00:00.000000Z",
                 *       "cursor": "WyIyMDI2LTAzLTIyIl0"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "replayed": 1,
                     *       "still_quarantined": 1,
                     *       "not_replayable": 1,
                     *       "next_cursor": "example"
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Also count the matching rows, up to 10,000 */
                count?: string;
                /** @description Number of the page; `cursor` goes further and is faster */
                page?: number;
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
                /** @description Exactly these levels; may be repeated */
                level?: ("low" | "medium" | "high" | "critical")[];
                /** @description Address or CIDR, IPv4 or IPv6 */
                src_ip?: string;
                sensor_id?: string;
                protocol?: string;
                event_type?: "connect" | "login_attempt" | "command" | "file_download" | "file_upload" | "proxy_request" | "exploit" | "canary" | "disconnect" | "other";
                country?: string;
                /** @description A behaviour that it showed, as in the reasons of scores */
                behaviour?: string;
                /** @description MITRE ATT&CK technique that it showed, as the matrix counts it */
                technique?: string;
                /** @description Only those not closed, with an event in the last 30 minutes */
                active?: string;
                /** @description Had an event at or after */
                from?: string;
                /** @description Started at or after */
                started_from?: string;
                /** @description Started before */
                to?: string;
                /** @description Text that occurs in a command. Where it occurs often, a request looks through the newest sessions, some thousand at a time, and the first 20,000 commands of each */
                q?: string;
                /** @description Former name of `src_ip` */
                ip?: string;
                /** @description Former name of `sensor_id` */
                honeypot?: string;
                /** @description Former name of `from` */
                start_date?: string;
                /** @description Former name of `to` */
                end_date?: string;
                /** @description Former name of `limit` */
                page_size?: number;
                /** @description Former name of `behaviour` */
                signal?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "sensor_id": "cowrie-1",
                     *           "sensor_kind": "cowrie",
                     *           "source_ip": "203.0.113.7",
                     *           "country": "NL",
                     *           "protocols": [
                     *             "ssh"
                     *           ],
                     *           "started_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "ended_at": "2026-03-22T00:10:42.831494Z",
                     *           "event_count": 1,
                     *           "login_attempt_count": 1,
                     *           "login_success_count": 1,
                     *           "command_count": 1,
                     *           "file_count": 1,
                     *           "clients": [
                     *             "SSH-2.0-Go"
                     *           ],
                     *           "threat_score": 0.85,
                     *           "threat_level": "low"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionPage"];
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
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
                /** @description Exactly these levels; may be repeated */
                level?: ("low" | "medium" | "high" | "critical")[];
                /** @description Address or CIDR, IPv4 or IPv6 */
                src_ip?: string;
                sensor_id?: string;
                protocol?: string;
                event_type?: "connect" | "login_attempt" | "command" | "file_download" | "file_upload" | "proxy_request" | "exploit" | "canary" | "disconnect" | "other";
                country?: string;
                /** @description A behaviour that it showed, as in the reasons of scores */
                behaviour?: string;
                /** @description MITRE ATT&CK technique that it showed, as the matrix counts it */
                technique?: string;
                /** @description Only those not closed, with an event in the last 30 minutes */
                active?: string;
                /** @description Had an event at or after */
                from?: string;
                /** @description Started at or after */
                started_from?: string;
                /** @description Started before */
                to?: string;
                /** @description Text that occurs in a command. Where it occurs often, a request looks through the newest sessions, some thousand at a time, and the first 20,000 commands of each */
                q?: string;
                /** @description Former name of `behaviour` */
                signal?: string;
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
                    /**
                     * @example {
                     *       "sessions": 1,
                     *       "threat_level": [
                     *         {
                     *           "value": "203.0.113.7",
                     *           "sessions": 1
                     *         }
                     *       ],
                     *       "sensor_id": [
                     *         {
                     *           "value": "203.0.113.7",
                     *           "sessions": 1
                     *         }
                     *       ],
                     *       "protocol": [
                     *         {
                     *           "value": "203.0.113.7",
                     *           "sessions": 1
                     *         }
                     *       ],
                     *       "country": [
                     *         {
                     *           "value": "203.0.113.7",
                     *           "sessions": 1
                     *         }
                     *       ],
                     *       "behaviour": [
                     *         {
                     *           "value": "203.0.113.7",
                     *           "sessions": 1
                     *         }
                     *       ],
                     *       "signal": [
                     *         {
                     *           "value": "203.0.113.7",
                     *           "sessions": 1
                     *         }
                     *       ]
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_kind": "cowrie",
                     *       "source_ip": "203.0.113.7",
                     *       "country": "NL",
                     *       "protocols": [
                     *         "ssh"
                     *       ],
                     *       "started_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *       "ended_at": "2026-03-22T00:10:42.831494Z",
                     *       "event_count": 1,
                     *       "login_attempt_count": 1,
                     *       "login_success_count": 1,
                     *       "command_count": 1,
                     *       "file_count": 1,
                     *       "clients": [
                     *         "SSH-2.0-Go"
                     *       ],
                     *       "threat_score": 0.85,
                     *       "threat_level": "low",
                     *       "score": {
                     *         "scorer": "example",
                     *         "reasons": [
                     *           {
                     *             "name": "cowrie in the office",
                     *             "description": "A command fetches something from elsewhere",
                     *             "contribution": 0.39,
                     *             "techniques": [
                     *               "T1105"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "techniques": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "because": [
                     *             "example"
                     *           ]
                     *         }
                     *       ],
                     *       "unread_characters": 1,
                     *       "credentials": [
                     *         {
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "username": "ana",
                     *           "password": "lantern orchid glacier mosaic",
                     *           "success": true
                     *         }
                     *       ],
                     *       "commands": [
                     *         {
                     *           "event_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "command": "uname -a"
                     *         }
                     *       ],
                     *       "statements": [
                     *         {
                     *           "event_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "statement": "example",
                     *           "tactic": "example",
                     *           "probability": 1,
                     *           "techniques": [
                     *             "T1105"
                     *           ]
                     *         }
                     *       ],
                     *       "files": [
                     *         {
                     *           "event_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "event_type": "connect",
                     *           "url": "https://eviltwin.example.org/hook",
                     *           "file_sha256": "a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4"
                     *         }
                     *       ],
                     *       "left_out": {
                     *         "credentials": 1,
                     *         "commands": 1,
                     *         "files": 1,
                     *         "unanalysed_commands": 1
                     *       },
                     *       "events": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "received_at": "2026-03-22T00:10:42.831494Z",
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "sensor_id": "cowrie-1",
                     *           "sensor_kind": "cowrie",
                     *           "event_type": "connect",
                     *           "action": "user.add",
                     *           "outcome": "success",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "source_ip": "203.0.113.7",
                     *           "source_port": 52533,
                     *           "destination_ip": "192.0.2.22",
                     *           "destination_port": 22,
                     *           "protocol": "ssh",
                     *           "username": "ana",
                     *           "password": "lantern orchid glacier mosaic",
                     *           "command": "uname -a",
                     *           "url": "https://eviltwin.example.org/hook",
                     *           "file_sha256": "a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4",
                     *           "client": "SSH-2.0-Go",
                     *           "message": "login attempt [root/admin] failed",
                     *           "raw": "{\"eventid\":\"cowrie.session.connect\",\"src_ip\":\"203.0.113.7\"}"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "received_at": "2026-03-22T00:10:42.831494Z",
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "sensor_id": "cowrie-1",
                     *           "sensor_kind": "cowrie",
                     *           "event_type": "connect",
                     *           "action": "user.add",
                     *           "outcome": "success",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "source_ip": "203.0.113.7",
                     *           "source_port": 52533,
                     *           "destination_ip": "192.0.2.22",
                     *           "destination_port": 22,
                     *           "protocol": "ssh",
                     *           "username": "ana",
                     *           "password": "lantern orchid glacier mosaic",
                     *           "command": "uname -a",
                     *           "url": "https://eviltwin.example.org/hook",
                     *           "file_sha256": "a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4",
                     *           "client": "SSH-2.0-Go",
                     *           "message": "login attempt [root/admin] failed",
                     *           "raw": "{\"eventid\":\"cowrie.session.connect\",\"src_ip\":\"203.0.113.7\"}"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["EventPage"];
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
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description Also count the matching rows, up to 10,000 */
                count?: string;
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
                /** @description Exactly these levels; may be repeated */
                level?: ("low" | "medium" | "high" | "critical")[];
                /** @description Address or CIDR */
                src_ip?: string;
                /** @description Last seen at or after */
                from?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "source_ip": "203.0.113.7",
                     *           "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "event_count": 1,
                     *           "session_count": 1,
                     *           "threat_score": 0.85,
                     *           "threat_level": "low"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["AttackerPage"];
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
                    /**
                     * @example {
                     *       "source_ip": "203.0.113.7",
                     *       "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *       "event_count": 1,
                     *       "session_count": 1,
                     *       "threat_score": 0.85,
                     *       "threat_level": "low",
                     *       "geo": {
                     *         "country": "NL",
                     *         "asn": 1,
                     *         "organization": "example"
                     *       },
                     *       "sensors": [
                     *         {
                     *           "sensor_id": "cowrie-1",
                     *           "sessions": 1,
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "score_history": [
                     *         {
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "threat_score": 0.85,
                     *           "threat_level": "low"
                     *         }
                     *       ]
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "source_ip": "203.0.113.7",
                     *       "threat_score": 0.85,
                     *       "threat_level": "low",
                     *       "last_seen_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description no_data: silent for longer than its limit; unknown: too little is known of it */
                state?: "active" | "no_data" | "unknown";
                /** @description This sensor alone */
                sensor_id?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "sensor_id": "cowrie-1",
                     *           "sensor_kind": "cowrie",
                     *           "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *           "event_count": 1,
                     *           "session_count": 1,
                     *           "hourly_events": [
                     *             1
                     *           ],
                     *           "state": "active",
                     *           "state_since": "2026-03-22T00:10:42.831494Z",
                     *           "expected": true,
                     *           "judged_by": "own_limit",
                     *           "limit_seconds": 1,
                     *           "heartbeat": {
                     *             "received_at": "2026-03-22T00:10:42.831494Z",
                     *             "sent_at": "2026-03-22T00:10:42.831494Z",
                     *             "software": "example",
                     *             "version": "0.2.0",
                     *             "spooled_bytes": 1,
                     *             "interval_seconds": 1
                     *           },
                     *           "events_missing": true,
                     *           "clock_skew_seconds": 1,
                     *           "clock_wrong": true,
                     *           "duplicate": true,
                     *           "expectation": {
                     *             "expected": "automatic",
                     *             "until": "2026-03-22T00:10:42.831494Z",
                     *             "silence_limit_seconds": 60,
                     *             "changed_at": "2026-03-22T00:10:42.831494Z",
                     *             "changed_by": "ana"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
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
    putSensorsExpectation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sensor_id": "cowrie-1",
                 *       "expected": "automatic",
                 *       "until": "2026-03-22T12:00:00.000000Z",
                 *       "silence_limit_seconds": 60
                 *     }
                 */
                "application/json": components["schemas"]["SensorExpectationChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sensor_id": "cowrie-1",
                     *       "sensor_kind": "cowrie",
                     *       "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "event_count": 1,
                     *       "session_count": 1,
                     *       "hourly_events": [
                     *         1
                     *       ],
                     *       "state": "active",
                     *       "state_since": "2026-03-22T00:10:42.831494Z",
                     *       "expected": true,
                     *       "judged_by": "own_limit",
                     *       "limit_seconds": 1,
                     *       "heartbeat": {
                     *         "received_at": "2026-03-22T00:10:42.831494Z",
                     *         "sent_at": "2026-03-22T00:10:42.831494Z",
                     *         "software": "example",
                     *         "version": "0.2.0",
                     *         "spooled_bytes": 1,
                     *         "interval_seconds": 1
                     *       },
                     *       "events_missing": true,
                     *       "clock_skew_seconds": 1,
                     *       "clock_wrong": true,
                     *       "duplicate": true,
                     *       "expectation": {
                     *         "expected": "automatic",
                     *         "until": "2026-03-22T00:10:42.831494Z",
                     *         "silence_limit_seconds": 60,
                     *         "changed_at": "2026-03-22T00:10:42.831494Z",
                     *         "changed_by": "ana"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Sensor"];
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
    postSensorsHeartbeat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sent_at": "2026-03-22T12:00:00.000000Z",
                 *       "software": "example",
                 *       "version": "0.2.0",
                 *       "spooled_bytes": 1,
                 *       "instance_id": "0195c0de-7a11-7000-8000-000000000001"
                 *     }
                 */
                "application/json": components["schemas"]["NewHeartbeat"];
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
    postSensorsEnrolments: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sensor_id": "cowrie-1"
                 *     }
                 */
                "application/json": components["schemas"]["NewEnrolment"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "sensor_id": "cowrie-1",
                     *       "state": "pending",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "expires_at": "2026-03-22T00:10:42.831494Z",
                     *       "enrolled_at": "2026-03-22T00:10:42.831494Z",
                     *       "key_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "received": {
                     *         "at": "2026-03-22T00:10:42.831494Z",
                     *         "sensor_kind": "cowrie"
                     *       },
                     *       "rejected": {
                     *         "at": "2026-03-22T00:10:42.831494Z",
                     *         "reason": "invalid_json",
                     *         "detail": "A test message was delivered"
                     *       },
                     *       "token": "ExampleExampleExample"
                     *     }
                     */
                    "application/json": components["schemas"]["CreatedEnrolment"];
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
    getSensorsEnrolmentsById: {
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "sensor_id": "cowrie-1",
                     *       "state": "pending",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "expires_at": "2026-03-22T00:10:42.831494Z",
                     *       "enrolled_at": "2026-03-22T00:10:42.831494Z",
                     *       "key_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "received": {
                     *         "at": "2026-03-22T00:10:42.831494Z",
                     *         "sensor_kind": "cowrie"
                     *       },
                     *       "rejected": {
                     *         "at": "2026-03-22T00:10:42.831494Z",
                     *         "reason": "invalid_json",
                     *         "detail": "A test message was delivered"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Enrolment"];
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
    postSensorsEnrol: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "ExampleExampleExample"
                 *     }
                 */
                "application/json": components["schemas"]["EnrolmentToken"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "sensor_id": "cowrie-1",
                     *       "key": "et_ExampleExampleExampleExampleExampleExample"
                     *     }
                     */
                    "application/json": components["schemas"]["EnrolledSensor"];
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
                    /**
                     * @example {
                     *       "from": "2026-03-22T00:10:42.831494Z",
                     *       "to": "2026-03-22T00:10:42.831494Z",
                     *       "total_events": 1,
                     *       "unique_attackers": 1,
                     *       "active_sessions": 1,
                     *       "total_sessions": 1,
                     *       "sessions_by_level": {
                     *         "low": 1,
                     *         "medium": 1,
                     *         "high": 1,
                     *         "critical": 1
                     *       },
                     *       "alerts": {
                     *         "raised": 1,
                     *         "raised_by_level": {
                     *           "high": 1,
                     *           "critical": 1
                     *         },
                     *         "open": 1
                     *       },
                     *       "all_time": {
                     *         "events": 1,
                     *         "sessions": 1,
                     *         "attackers": 1,
                     *         "newest_event_at": "2026-03-22T00:10:42.831494Z"
                     *       }
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "interval": "minute",
                     *       "buckets": [
                     *         {
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "events": 1,
                     *           "low": 1,
                     *           "medium": 1,
                     *           "high": 1,
                     *           "critical": 1
                     *         }
                     *       ]
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "source_ip": "203.0.113.7",
                     *           "events": 1,
                     *           "sessions": 1,
                     *           "threat_score": 0.85,
                     *           "threat_level": "low",
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ]
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "from": "2026-03-22T00:10:42.831494Z",
                     *       "to": "2026-03-22T00:10:42.831494Z",
                     *       "tactics": [
                     *         {
                     *           "name": "cowrie in the office",
                     *           "techniques": [
                     *             {
                     *               "id": "0195c0de-7a11-7000-8000-000000000001",
                     *               "name": "cowrie in the office",
                     *               "sessions": 1,
                     *               "behaviours": [
                     *                 "example"
                     *               ],
                     *               "signals": [
                     *                 "example"
                     *               ]
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
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
    getDashboardAttackMatrixNavigatorLayer: {
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
                    /**
                     * @example {
                     *       "name": "cowrie in the office",
                     *       "description": "A command fetches something from elsewhere",
                     *       "domain": "enterprise-attack",
                     *       "versions": {
                     *         "attack": "example",
                     *         "navigator": "example",
                     *         "layer": "example"
                     *       },
                     *       "techniques": [
                     *         {
                     *           "techniqueID": "example",
                     *           "tactic": "example",
                     *           "score": 1,
                     *           "comment": "example",
                     *           "enabled": true
                     *         }
                     *       ],
                     *       "gradient": {
                     *         "colors": [
                     *           "example"
                     *         ],
                     *         "minValue": 1,
                     *         "maxValue": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["NavigatorLayer"];
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
                    /**
                     * @example {
                     *       "from": "2026-03-22T00:10:42.831494Z",
                     *       "to": "2026-03-22T00:10:42.831494Z",
                     *       "items": [
                     *         {
                     *           "country": "NL",
                     *           "sessions": 1,
                     *           "attackers": 1
                     *         }
                     *       ],
                     *       "unknown_sessions": 1
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "kind": "web_bug",
                     *           "name": "cowrie in the office",
                     *           "enabled": true,
                     *           "sensor_id": "cowrie-1",
                     *           "url": "https://eviltwin.example.org/hook",
                     *           "created_by": "ana",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "hit_count": 1,
                     *           "visits_beyond_limit": 1,
                     *           "last_hit_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["CanaryTokenPage"];
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
                /**
                 * @example {
                 *       "kind": "web_bug",
                 *       "name": "finance share, passwords.docx"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "web_bug",
                     *       "name": "cowrie in the office",
                     *       "enabled": true,
                     *       "sensor_id": "cowrie-1",
                     *       "url": "https://eviltwin.example.org/hook",
                     *       "created_by": "ana",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "hit_count": 1,
                     *       "visits_beyond_limit": 1,
                     *       "last_hit_at": "2026-03-22T00:10:42.831494Z",
                     *       "artifact": {
                     *         "filename": "passwords.docx",
                     *         "media_type": "text/html",
                     *         "content": "example",
                     *         "encoding": "utf8"
                     *       },
                     *       "instructions": "Put the link where only an intruder looks"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "web_bug",
                     *       "name": "cowrie in the office",
                     *       "enabled": true,
                     *       "sensor_id": "cowrie-1",
                     *       "url": "https://eviltwin.example.org/hook",
                     *       "created_by": "ana",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "hit_count": 1,
                     *       "visits_beyond_limit": 1,
                     *       "last_hit_at": "2026-03-22T00:10:42.831494Z",
                     *       "artifact": {
                     *         "filename": "passwords.docx",
                     *         "media_type": "text/html",
                     *         "content": "example",
                     *         "encoding": "utf8"
                     *       },
                     *       "instructions": "Put the link where only an intruder looks"
                     *     }
                     */
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
    deleteCanaryTokensById: {
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
            /** @description Deleted */
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
                /**
                 * @example {
                 *       "enabled": true,
                 *       "name": "finance share, passwords.docx"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "web_bug",
                     *       "name": "cowrie in the office",
                     *       "enabled": true,
                     *       "sensor_id": "cowrie-1",
                     *       "url": "https://eviltwin.example.org/hook",
                     *       "created_by": "ana",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "hit_count": 1,
                     *       "visits_beyond_limit": 1,
                     *       "last_hit_at": "2026-03-22T00:10:42.831494Z",
                     *       "artifact": {
                     *         "filename": "passwords.docx",
                     *         "media_type": "text/html",
                     *         "content": "example",
                     *         "encoding": "utf8"
                     *       },
                     *       "instructions": "Put the link where only an intruder looks"
                     *     }
                     */
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
                /** @description `next_cursor` of the page before */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "event_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "source_ip": "203.0.113.7",
                     *           "source_port": 52533,
                     *           "protocol": "ssh",
                     *           "client": "SSH-2.0-Go",
                     *           "username": "ana",
                     *           "password": "lantern orchid glacier mosaic",
                     *           "message": "login attempt [root/admin] failed",
                     *           "visit": {
                     *             "method": "example",
                     *             "target": "example",
                     *             "referer": "example",
                     *             "accept_language": "example",
                     *             "client_subnet": "example"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["CanaryHitPage"];
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
    postCanaryUrlCheck: {
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
                    /**
                     * @example {
                     *       "url": "https://eviltwin.example.org/hook",
                     *       "outcome": "reachable",
                     *       "detail": "A test message was delivered",
                     *       "checked_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CanaryUrlCheck"];
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
    getCanaryDns: {
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
                    /**
                     * @example {
                     *       "zone": {
                     *         "name": "cowrie in the office",
                     *         "host": "example",
                     *         "port": 1,
                     *         "address": "203.0.113.7",
                     *         "records": [
                     *           {
                     *             "name": "cowrie in the office",
                     *             "type": "NS",
                     *             "value": "203.0.113.7"
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CanaryDns"];
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
    postCanaryDnsCheck: {
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
                    /**
                     * @example {
                     *       "zone": "example",
                     *       "steps": [
                     *         {
                     *           "name": "delegation",
                     *           "outcome": "ok",
                     *           "detail": "A test message was delivered"
                     *         }
                     *       ],
                     *       "checked_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CanaryDnsCheck"];
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "src_ip": "203.0.113.7",
                 *       "timestamp": "2026-03-22T12:00:00Z",
                 *       "memo": "payroll.xlsx"
                 *     }
                 */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "threat_score": 0.85,
                     *       "threat_level": "low",
                     *       "status": "processed"
                     *     }
                     */
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
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "manage_url": "https://canarytokens.org/manage",
                 *       "memo": "payroll.xlsx",
                 *       "token_type": "ms_excel",
                 *       "channel": "HTTP",
                 *       "src_ip": "203.0.113.7",
                 *       "time": "2026-03-22 12:00:00 (UTC)"
                 *     }
                 */
                "application/json": Record<string, never>;
                /** @example message=%7B%22node_id%22%3A%22opencanary-1%22%2C%22logtype%22%3A4002%7D */
                "application/x-www-form-urlencoded": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "processed"
                     *     }
                     */
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
    putEvidenceRecordingsByRecordingId: {
        parameters: {
            query: {
                /** @description The sensor's own key of the session */
                session: string;
                /** @description Left out: the sensor that the key is bound to */
                sensor?: string;
                /** @description The address of the attacker; ties the recording to its session before anybody reads it */
                source_ip?: string;
                width?: number;
                height?: number;
            };
            header?: never;
            path: {
                recording_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {"version": 2, "width": 80, "height": 24, "timestamp": 1774180800}
                 *     [0.25, "o", "root@web:~# "]
                 *     [1.5, "i", "id\r"]
                 */
                "application/x-asciicast": string;
                /** @example bytes */
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "status": "stored"
                     *     }
                     */
                    "application/json": components["schemas"]["StoredRecording"];
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
    putEvidenceRecordingsByRecordingIdChunksByN: {
        parameters: {
            query: {
                /** @description The sensor's own key of the session */
                session: string;
                /** @description Left out: the sensor that the key is bound to */
                sensor?: string;
                /** @description The address of the attacker; ties the recording to its session before anybody reads it */
                source_ip?: string;
                /** @description The recording ends with this chunk */
                final?: string;
            };
            header?: never;
            path: {
                recording_id: string;
                n: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {"version": 2, "width": 80, "height": 24, "timestamp": 1774180800}
                 *     [0.25, "o", "root@web:~# "]
                 *     [1.5, "i", "id\r"]
                 */
                "application/x-asciicast": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "status": "stored"
                     *     }
                     */
                    "application/json": components["schemas"]["StoredRecording"];
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
    getSessionsByIdRecordings: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "sensor_id": "cowrie-1",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "format": "asciicast-v2",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *           "is_complete": true,
                     *           "chunks": 1,
                     *           "bytes": 1,
                     *           "width": 1,
                     *           "height": 1,
                     *           "sha256": "example",
                     *           "duration_seconds": 1
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["RecordingPage"];
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
    getRecordingsByIdFrames: {
        parameters: {
            query?: {
                /** @description `next_after` of the answer before; -1: from the beginning */
                after?: number;
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
                    /**
                     * @example {
                     *       "recording": {
                     *         "id": "0195c0de-7a11-7000-8000-000000000001",
                     *         "name": "cowrie in the office",
                     *         "sensor_id": "cowrie-1",
                     *         "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *         "format": "asciicast-v2",
                     *         "created_at": "2026-03-22T00:10:42.831494Z",
                     *         "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *         "is_complete": true,
                     *         "chunks": 1,
                     *         "bytes": 1,
                     *         "width": 1,
                     *         "height": 1,
                     *         "sha256": "example",
                     *         "duration_seconds": 1
                     *       },
                     *       "started_at": "2026-03-22T00:10:42.831494Z",
                     *       "frames": [
                     *         [
                     *           1,
                     *           "o",
                     *           "example"
                     *         ]
                     *       ],
                     *       "next_after": 1,
                     *       "has_more": true,
                     *       "missing_chunks": 1
                     *     }
                     */
                    "application/json": components["schemas"]["RecordingFrames"];
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
    getRecordingsById: {
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
                    /** @example example */
                    "application/x-asciicast": string;
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
    getEvidenceFilesBySha256: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
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
                    /**
                     * @example {
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "bytes": 1,
                     *       "type": "application/x-elf",
                     *       "first_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "sightings": 1,
                     *       "legal_hold": {
                     *         "reason": "planned maintenance",
                     *         "set_by": "example",
                     *         "since": "2026-03-22T00:10:42.831494Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["EvidenceFile"];
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
    putEvidenceFilesBySha256: {
        parameters: {
            query?: {
                /** @description The sensor's own key of the session; left out: it is not known */
                session?: string | "";
                /** @description Left out: the sensor that the key is bound to */
                sensor?: string;
                /** @description The address of the attacker; ties the recording to its session before anybody reads it */
                source_ip?: string;
                name?: string;
            };
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example bytes */
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "bytes": 1,
                     *       "type": "example",
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "status": "stored"
                     *     }
                     */
                    "application/json": components["schemas"]["StoredEvidence"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "bytes": 1,
                     *       "type": "example",
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "status": "stored"
                     *     }
                     */
                    "application/json": components["schemas"]["StoredEvidence"];
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
    deleteEvidenceFilesBySha256: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
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
    getEvidenceFiles: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
                type?: string;
                sensor_id?: string;
                session_id?: string;
                /** @description It, or its beginning */
                sha256?: string;
                /** @description Only those with, or without, a legal hold */
                held?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "bytes": 1,
                     *           "type": "application/x-elf",
                     *           "first_received_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *           "sightings": 1,
                     *           "legal_hold": {
                     *             "reason": "planned maintenance",
                     *             "set_by": "example",
                     *             "since": "2026-03-22T00:10:42.831494Z"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["EvidenceFilePage"];
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
    getEvidenceFilesBySha256Sightings: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "source": "sent",
                     *           "event_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "sensor_id": "cowrie-1",
                     *           "session_key": "example",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "received_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["EvidenceSightingPage"];
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
    getEvidenceFilesBySha256Zip: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
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
                    /** @example example */
                    "application/zip": string;
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
    putEvidenceFilesBySha256Hold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "planned maintenance"
                 *     }
                 */
                "application/json": components["schemas"]["NewLegalHold"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "bytes": 1,
                     *       "type": "application/x-elf",
                     *       "first_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "sightings": 1,
                     *       "legal_hold": {
                     *         "reason": "planned maintenance",
                     *         "set_by": "example",
                     *         "since": "2026-03-22T00:10:42.831494Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["EvidenceFile"];
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
    deleteEvidenceFilesBySha256Hold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
                sha256: string;
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
                    /**
                     * @example {
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "bytes": 1,
                     *       "type": "application/x-elf",
                     *       "first_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "last_received_at": "2026-03-22T00:10:42.831494Z",
                     *       "sightings": 1,
                     *       "legal_hold": {
                     *         "reason": "planned maintenance",
                     *         "set_by": "example",
                     *         "since": "2026-03-22T00:10:42.831494Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["EvidenceFile"];
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
    getSyntheticStatus: {
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
                    /**
                     * @example {
                     *       "on": true,
                     *       "paused_because": "example",
                     *       "targets": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "kind": "log",
                     *           "name": "cowrie in the office",
                     *           "own": true,
                     *           "registered_by": "platform",
                     *           "enabled": true,
                     *           "sensor_id": "cowrie-1",
                     *           "source_ip": "203.0.113.7",
                     *           "host": "example",
                     *           "port": 1,
                     *           "interval_seconds": 1,
                     *           "next_at": "2026-03-22T00:10:42.831494Z",
                     *           "created_by": "ana"
                     *         }
                     *       ],
                     *       "keys": {
                     *         "log": "valid",
                     *         "hec": "valid"
                     *       },
                     *       "ignored_markers": [
                     *         {
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "reason": "unknown",
                     *           "sensor_id": "cowrie-1",
                     *           "source_ip": "203.0.113.7",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticStatus"];
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
    getSyntheticRuns: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
                target_id?: string;
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "target_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "target_name": "example",
                     *           "kind": "log",
                     *           "sensor_id": "cowrie-1",
                     *           "source_ip": "203.0.113.7",
                     *           "opens_at": "2026-03-22T00:10:42.831494Z",
                     *           "closes_at": "2026-03-22T00:10:42.831494Z",
                     *           "outcome": "waiting",
                     *           "failure": "example",
                     *           "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "threat_level": "low",
                     *           "threat_score": 0.85,
                     *           "attacked_at": "2026-03-22T00:10:42.831494Z",
                     *           "received_at": "2026-03-22T00:10:42.831494Z",
                     *           "scored_at": "2026-03-22T00:10:42.831494Z",
                     *           "durable_at": "2026-03-22T00:10:42.831494Z",
                     *           "alerted_at": "2026-03-22T00:10:42.831494Z",
                     *           "alerted_by": "score",
                     *           "delivered_at": "2026-03-22T00:10:42.831494Z",
                     *           "acknowledged_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticRunPage"];
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
    getSyntheticRunsById: {
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "target_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "target_name": "example",
                     *       "kind": "log",
                     *       "sensor_id": "cowrie-1",
                     *       "source_ip": "203.0.113.7",
                     *       "opens_at": "2026-03-22T00:10:42.831494Z",
                     *       "closes_at": "2026-03-22T00:10:42.831494Z",
                     *       "outcome": "waiting",
                     *       "failure": "example",
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "threat_level": "low",
                     *       "threat_score": 0.85,
                     *       "attacked_at": "2026-03-22T00:10:42.831494Z",
                     *       "received_at": "2026-03-22T00:10:42.831494Z",
                     *       "scored_at": "2026-03-22T00:10:42.831494Z",
                     *       "durable_at": "2026-03-22T00:10:42.831494Z",
                     *       "alerted_at": "2026-03-22T00:10:42.831494Z",
                     *       "alerted_by": "score",
                     *       "delivered_at": "2026-03-22T00:10:42.831494Z",
                     *       "acknowledged_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticRun"];
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
    postSyntheticTargets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "ssh",
                 *       "name": "cowrie in the office",
                 *       "host": "192.0.2.20",
                 *       "port": 1,
                 *       "sensor_id": "cowrie-1",
                 *       "source_ip": "192.0.2.2",
                 *       "interval_seconds": 300
                 *     }
                 */
                "application/json": components["schemas"]["NewSyntheticTarget"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "log",
                     *       "name": "cowrie in the office",
                     *       "own": true,
                     *       "registered_by": "platform",
                     *       "enabled": true,
                     *       "sensor_id": "cowrie-1",
                     *       "source_ip": "203.0.113.7",
                     *       "host": "example",
                     *       "port": 1,
                     *       "interval_seconds": 1,
                     *       "next_at": "2026-03-22T00:10:42.831494Z",
                     *       "created_by": "ana"
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticTarget"];
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
    deleteSyntheticTargetsById: {
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
    patchSyntheticTargetsById: {
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
                /**
                 * @example {
                 *       "enabled": true,
                 *       "interval_seconds": 30
                 *     }
                 */
                "application/json": components["schemas"]["SyntheticTargetPatch"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "log",
                     *       "name": "cowrie in the office",
                     *       "own": true,
                     *       "registered_by": "platform",
                     *       "enabled": true,
                     *       "sensor_id": "cowrie-1",
                     *       "source_ip": "203.0.113.7",
                     *       "host": "example",
                     *       "port": 1,
                     *       "interval_seconds": 1,
                     *       "next_at": "2026-03-22T00:10:42.831494Z",
                     *       "created_by": "ana"
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticTarget"];
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
    postSyntheticTargetsByIdKey: {
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "log",
                     *       "name": "cowrie in the office",
                     *       "own": true,
                     *       "registered_by": "platform",
                     *       "enabled": true,
                     *       "sensor_id": "cowrie-1",
                     *       "source_ip": "203.0.113.7",
                     *       "host": "example",
                     *       "port": 1,
                     *       "interval_seconds": 1,
                     *       "next_at": "2026-03-22T00:10:42.831494Z",
                     *       "created_by": "ana"
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticTarget"];
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
    getSyntheticChannelTest: {
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
                    /**
                     * @example {
                     *       "schedule": {
                     *         "channel_id": "0195c0de-7a11-7000-8000-000000000001",
                     *         "channel_name": "example",
                     *         "weekday": 1,
                     *         "hour": 1,
                     *         "next_at": "2026-03-22T00:10:42.831494Z",
                     *         "chosen_by": "example"
                     *       },
                     *       "tests": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "channel_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "channel_name": "example",
                     *           "requested_by": "example",
                     *           "requested_at": "2026-03-22T00:10:42.831494Z",
                     *           "state": "waiting",
                     *           "run_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "sent_at": "2026-03-22T00:10:42.831494Z",
                     *           "settled_at": "2026-03-22T00:10:42.831494Z",
                     *           "failure": "example"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ChannelTests"];
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
    putSyntheticChannelTestSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "channel_id": "0195c0de-7a11-7000-8000-000000000001",
                 *       "weekday": 1,
                 *       "hour": 1
                 *     }
                 */
                "application/json": components["schemas"]["NewChannelTestSchedule"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "channel_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "channel_name": "example",
                     *       "weekday": 1,
                     *       "hour": 1,
                     *       "next_at": "2026-03-22T00:10:42.831494Z",
                     *       "chosen_by": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["ChannelTestSchedule"];
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
    deleteSyntheticChannelTestSchedule: {
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
    postSyntheticChannelTestTests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "channel_id": "0195c0de-7a11-7000-8000-000000000001"
                 *     }
                 */
                "application/json": components["schemas"]["NewChannelTest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "channel_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "channel_name": "example",
                     *       "requested_by": "example",
                     *       "requested_at": "2026-03-22T00:10:42.831494Z",
                     *       "state": "waiting",
                     *       "run_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "sent_at": "2026-03-22T00:10:42.831494Z",
                     *       "settled_at": "2026-03-22T00:10:42.831494Z",
                     *       "failure": "example"
                     *     }
                     */
                    "application/json": components["schemas"]["SyntheticChannelTest"];
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
                    /**
                     * @example {
                     *       "available": true,
                     *       "model": "gpt-4o-mini",
                     *       "provider": "example",
                     *       "message": "login attempt [root/admin] failed"
                     *     }
                     */
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
                /**
                 * @example {
                 *       "session_id": "0195c0de-7a11-7000-8000-000000000001"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "session_id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "source": "llm",
                     *       "available": true,
                     *       "model": "gpt-4o-mini",
                     *       "fallback": {
                     *         "reason": "not_configured",
                     *         "detail": "A test message was delivered",
                     *         "retry_at": "2026-03-22T00:10:42.831494Z"
                     *       },
                     *       "summary": "203.0.113.7 logged in and planted a cron job.",
                     *       "severity": "low",
                     *       "severity_check": {
                     *         "llm": "low",
                     *         "rules": "low",
                     *         "outcome": "raised",
                     *         "reason": "research_scanner"
                     *       },
                     *       "techniques": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "event_ids": [
                     *             "0195c0de-7a11-7000-8000-000000000001"
                     *           ]
                     *         }
                     *       ],
                     *       "iocs": [
                     *         {
                     *           "type": "ipv4-addr",
                     *           "value": "203.0.113.7",
                     *           "event_ids": [
                     *             "0195c0de-7a11-7000-8000-000000000001"
                     *           ]
                     *         }
                     *       ],
                     *       "recommended_actions": [
                     *         "example"
                     *       ],
                     *       "evidence": [
                     *         {
                     *           "event_id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "occurred_at": "2026-03-22T00:10:42.831494Z",
                     *           "what": "example"
                     *         }
                     *       ],
                     *       "dropped": {
                     *         "techniques": 1,
                     *         "iocs": 1,
                     *         "claims": 1,
                     *         "actions": 1
                     *       },
                     *       "drop_reasons": [
                     *         {
                     *           "reason": "no_evidence",
                     *           "count": 1
                     *         }
                     *       ],
                     *       "left_out": {
                     *         "events": 1
                     *       }
                     *     }
                     */
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
                /**
                 * @example {
                 *       "session_id": "0195c0de-7a11-7000-8000-000000000001"
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    session_id: string;
                    messages?: {
                        /** @enum {string} */
                        role: "user" | "assistant";
                        content: string;
                    }[];
                    /**
                     * @deprecated
                     * @description A single question, instead of `messages`
                     */
                    message?: string;
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
                    /** @example example */
                    "text/event-stream": string;
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
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
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
                    /** @example example */
                    "text/plain": string;
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
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
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
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
                format?: "json" | "csv" | "stix" | "misp";
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "type": "ipv4-addr",
                     *           "value": "203.0.113.7",
                     *           "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "threat_level": "low",
                     *           "threat_score": 0.85,
                     *           "role": "source",
                     *           "sensor_count": 1,
                     *           "key_count": 1,
                     *           "expires_at": "2026-03-22T00:10:42.831494Z",
                     *           "context": true,
                     *           "reason": "planned maintenance"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
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
                format?: "json" | "csv" | "stix" | "misp";
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "type": "ipv4-addr",
                     *           "value": "203.0.113.7",
                     *           "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "threat_level": "low",
                     *           "threat_score": 0.85,
                     *           "role": "source",
                     *           "sensor_count": 1,
                     *           "key_count": 1,
                     *           "expires_at": "2026-03-22T00:10:42.831494Z",
                     *           "context": true,
                     *           "reason": "planned maintenance"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
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
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "type": "ipv4-addr",
                     *           "value": "203.0.113.7",
                     *           "listed": true,
                     *           "checks": [
                     *             {
                     *               "check": "evidence",
                     *               "passed": true,
                     *               "detail": "A test message was delivered"
                     *             }
                     *           ],
                     *           "indicator": {
                     *             "type": "ipv4-addr",
                     *             "value": "203.0.113.7",
                     *             "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *             "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *             "threat_level": "low",
                     *             "threat_score": 0.85,
                     *             "role": "source",
                     *             "sensor_count": 1,
                     *             "key_count": 1,
                     *             "expires_at": "2026-03-22T00:10:42.831494Z",
                     *             "context": true,
                     *             "reason": "planned maintenance"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": null,
                     *       "policy": {
                     *         "minimum_score": 1,
                     *         "minimum_sensors": 1,
                     *         "minimum_keys": 1,
                     *         "expiry_days": 1,
                     *         "includes_documentation_addresses": true
                     *       }
                     *     }
                     */
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
                /** @description Minimum level */
                threat_level?: "low" | "medium" | "high" | "critical";
                /** @description Address, domain name, URL or SHA-256 */
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
                    /**
                     * @example {
                     *       "type": "ipv4-addr",
                     *       "value": "203.0.113.7",
                     *       "listed": true,
                     *       "checks": [
                     *         {
                     *           "check": "evidence",
                     *           "passed": true,
                     *           "detail": "A test message was delivered"
                     *         }
                     *       ],
                     *       "indicator": {
                     *         "type": "ipv4-addr",
                     *         "value": "203.0.113.7",
                     *         "first_seen_at": "2026-03-22T00:10:42.831494Z",
                     *         "last_seen_at": "2026-03-22T00:10:42.831494Z",
                     *         "threat_level": "low",
                     *         "threat_score": 0.85,
                     *         "role": "source",
                     *         "sensor_count": 1,
                     *         "key_count": 1,
                     *         "expires_at": "2026-03-22T00:10:42.831494Z",
                     *         "context": true,
                     *         "reason": "planned maintenance"
                     *       }
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "cowrie in the office",
                     *           "version": 1,
                     *           "category": "special-purpose",
                     *           "type": "cidr",
                     *           "entries": 1,
                     *           "source": "203.0.113.0/24",
                     *           "date": "example",
                     *           "licence": "example"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["NeverBlockListInfoPage"];
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "kind": "network",
                     *           "value": "203.0.113.7",
                     *           "reason": "planned maintenance",
                     *           "created_by": "ana",
                     *           "created_at": "2026-03-22T00:10:42.831494Z",
                     *           "expires_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["FeedAllowancePage"];
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
                /**
                 * @example {
                 *       "value": "203.0.113.7",
                 *       "reason": "planned maintenance",
                 *       "expires_at": "2036-03-22T12:00:00.000000Z"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "kind": "network",
                     *       "value": "203.0.113.7",
                     *       "reason": "planned maintenance",
                     *       "created_by": "ana",
                     *       "created_at": "2026-03-22T00:10:42.831494Z",
                     *       "expires_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "description": "A command fetches something from elsewhere",
                     *           "service": "example",
                     *           "kind": "availability",
                     *           "state": "met",
                     *           "target": 0.95,
                     *           "window": "example",
                     *           "from": "2026-03-22T00:10:42.831494Z",
                     *           "to": "2026-03-22T00:10:42.831494Z",
                     *           "exhausted_at": "2026-03-22T00:10:42.831494Z",
                     *           "compliance": 1,
                     *           "measured": {
                     *             "good": 1,
                     *             "total": 1
                     *           },
                     *           "judged": {
                     *             "good": 1,
                     *             "total": 1
                     *           },
                     *           "population": {
                     *             "description": "A command fetches something from elsewhere",
                     *             "since": "2026-03-22T00:10:42.831494Z",
                     *             "apart": [
                     *               {
                     *                 "population": "refused_quota",
                     *                 "requests": 1
                     *               }
                     *             ]
                     *           },
                     *           "literal": {
                     *             "good": 1,
                     *             "total": 1,
                     *             "compliance": 1
                     *           },
                     *           "gaps": {
                     *             "seconds": 1,
                     *             "minutes": 1,
                     *             "assumed_bad": 1,
                     *             "low": 1,
                     *             "high": 1,
                     *             "intervals": [
                     *               {
                     *                 "from": "2026-03-22T00:10:42.831494Z",
                     *                 "to": "2026-03-22T00:10:42.831494Z",
                     *                 "assumed_bad": 1,
                     *                 "low": 1,
                     *                 "high": 1,
                     *                 "method": "same_hour_of_week"
                     *               }
                     *             ]
                     *           },
                     *           "percentile": {
                     *             "quantile": 1,
                     *             "value_ms": 1,
                     *             "objective_ms": 1
                     *           },
                     *           "budget": {
                     *             "allowed": 1,
                     *             "consumed": 1,
                     *             "remaining": 1
                     *           },
                     *           "burn_rates": [
                     *             {
                     *               "window": "5m",
                     *               "rate": 1,
                     *               "good": 1,
                     *               "total": 1
                     *             }
                     *           ],
                     *           "burn_alerts": [
                     *             {
                     *               "long_window": "example",
                     *               "short_window": "example",
                     *               "factor": 1,
                     *               "severity": "low",
                     *               "minimum_events": 1,
                     *               "long_rate": 1,
                     *               "short_rate": 1,
                     *               "firing": true
                     *             }
                     *           ],
                     *           "absence": {
                     *             "after_minutes": 1,
                     *             "last_event_at": "2026-03-22T00:10:42.831494Z",
                     *             "firing": true
                     *           },
                     *           "explanation": [
                     *             "example"
                     *           ]
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SloStatusPage"];
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "description": "A command fetches something from elsewhere",
                     *       "service": "example",
                     *       "kind": "availability",
                     *       "state": "met",
                     *       "target": 0.95,
                     *       "window": "example",
                     *       "from": "2026-03-22T00:10:42.831494Z",
                     *       "to": "2026-03-22T00:10:42.831494Z",
                     *       "exhausted_at": "2026-03-22T00:10:42.831494Z",
                     *       "compliance": 1,
                     *       "measured": {
                     *         "good": 1,
                     *         "total": 1
                     *       },
                     *       "judged": {
                     *         "good": 1,
                     *         "total": 1
                     *       },
                     *       "population": {
                     *         "description": "A command fetches something from elsewhere",
                     *         "since": "2026-03-22T00:10:42.831494Z",
                     *         "apart": [
                     *           {
                     *             "population": "refused_quota",
                     *             "requests": 1
                     *           }
                     *         ]
                     *       },
                     *       "literal": {
                     *         "good": 1,
                     *         "total": 1,
                     *         "compliance": 1
                     *       },
                     *       "gaps": {
                     *         "seconds": 1,
                     *         "minutes": 1,
                     *         "assumed_bad": 1,
                     *         "low": 1,
                     *         "high": 1,
                     *         "intervals": [
                     *           {
                     *             "from": "2026-03-22T00:10:42.831494Z",
                     *             "to": "2026-03-22T00:10:42.831494Z",
                     *             "assumed_bad": 1,
                     *             "low": 1,
                     *             "high": 1,
                     *             "method": "same_hour_of_week"
                     *           }
                     *         ]
                     *       },
                     *       "percentile": {
                     *         "quantile": 1,
                     *         "value_ms": 1,
                     *         "objective_ms": 1
                     *       },
                     *       "budget": {
                     *         "allowed": 1,
                     *         "consumed": 1,
                     *         "remaining": 1
                     *       },
                     *       "burn_rates": [
                     *         {
                     *           "window": "5m",
                     *           "rate": 1,
                     *           "good": 1,
                     *           "total": 1
                     *         }
                     *       ],
                     *       "burn_alerts": [
                     *         {
                     *           "long_window": "example",
                     *           "short_window": "example",
                     *           "factor": 1,
                     *           "severity": "low",
                     *           "minimum_events": 1,
                     *           "long_rate": 1,
                     *           "short_rate": 1,
                     *           "firing": true
                     *         }
                     *       ],
                     *       "absence": {
                     *         "after_minutes": 1,
                     *         "last_event_at": "2026-03-22T00:10:42.831494Z",
                     *         "firing": true
                     *       },
                     *       "explanation": [
                     *         "example"
                     *       ],
                     *       "history": [
                     *         {
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "compliance": 1,
                     *           "budget_remaining": 1,
                     *           "good": 1,
                     *           "total": 1,
                     *           "assumed_bad": 1
                     *         }
                     *       ],
                     *       "openslo": "example"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "from": "2026-03-22T00:10:42.831494Z",
                     *       "to": "2026-03-22T00:10:42.831494Z",
                     *       "routes": [
                     *         {
                     *           "route": "example",
                     *           "requests": 1,
                     *           "requests_per_second": 1,
                     *           "client_error_rate": 1,
                     *           "server_error_rate": 1,
                     *           "unanswered_rate": 1,
                     *           "p50_ms": 1,
                     *           "p95_ms": 1,
                     *           "p99_ms": 1
                     *         }
                     *       ],
                     *       "replicas": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "host": "example",
                     *           "started_at": "2026-03-22T00:10:42.831494Z",
                     *           "seen_at": "2026-03-22T00:10:42.831494Z",
                     *           "leader": true,
                     *           "memory_bytes": 1,
                     *           "memory_limit_bytes": 1,
                     *           "event_loop_delay_p99_ms": 1,
                     *           "ingest_queue": 1,
                     *           "pools": {
                     *             "example": {
                     *               "used": 1,
                     *               "max": 1,
                     *               "waiting": 1,
                     *               "peak_used": 1
                     *             }
                     *           },
                     *           "disk_free_bytes": 1
                     *         }
                     *       ],
                     *       "alert_queue_depth": 1
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "name": "cowrie in the office",
                     *           "kind": "operational",
                     *           "severity": "low",
                     *           "description": "A command fetches something from elsewhere",
                     *           "detail": "A test message was delivered",
                     *           "threshold": 1,
                     *           "for_seconds": 1,
                     *           "keep_firing_seconds": 1,
                     *           "inhibited_by": [
                     *             "example"
                     *           ],
                     *           "runbook_url": "example",
                     *           "state": "inactive",
                     *           "value": 1,
                     *           "since": "2026-03-22T00:10:42.831494Z",
                     *           "evaluated_at": "2026-03-22T00:10:42.831494Z",
                     *           "acknowledged_by": "example",
                     *           "silenced": true,
                     *           "inhibited": true
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OpsAlertPage"];
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "rule_id": "example",
                     *           "event": "pending",
                     *           "value": 1,
                     *           "actor": "ana",
                     *           "delivered": true,
                     *           "told": true,
                     *           "notified": [
                     *             {
                     *               "channel": "example",
                     *               "at": "2026-03-22T00:10:42.831494Z",
                     *               "outcome": "pending",
                     *               "detail": "A test message was delivered"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OpsTransitionPage"];
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "name": "cowrie in the office",
                     *       "kind": "operational",
                     *       "severity": "low",
                     *       "description": "A command fetches something from elsewhere",
                     *       "detail": "A test message was delivered",
                     *       "threshold": 1,
                     *       "for_seconds": 1,
                     *       "keep_firing_seconds": 1,
                     *       "inhibited_by": [
                     *         "example"
                     *       ],
                     *       "runbook_url": "example",
                     *       "state": "inactive",
                     *       "value": 1,
                     *       "since": "2026-03-22T00:10:42.831494Z",
                     *       "evaluated_at": "2026-03-22T00:10:42.831494Z",
                     *       "acknowledged_by": "example",
                     *       "silenced": true,
                     *       "inhibited": true
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0195c0de-7a11-7000-8000-000000000001",
                     *           "rule_id": "example",
                     *           "reason": "planned maintenance",
                     *           "created_by": "ana",
                     *           "starts_at": "2026-03-22T00:10:42.831494Z",
                     *           "ends_at": "2026-03-22T00:10:42.831494Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OpsSilencePage"];
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
                /**
                 * @example {
                 *       "rule_id": "example",
                 *       "reason": "planned maintenance",
                 *       "ends_at": "2026-03-22T12:00:00.000000Z"
                 *     }
                 */
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
                    /**
                     * @example {
                     *       "id": "0195c0de-7a11-7000-8000-000000000001",
                     *       "rule_id": "example",
                     *       "reason": "planned maintenance",
                     *       "created_by": "ana",
                     *       "starts_at": "2026-03-22T00:10:42.831494Z",
                     *       "ends_at": "2026-03-22T00:10:42.831494Z"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "level": "DEBUG"
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        level: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
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
                /**
                 * @example {
                 *       "level": "DEBUG"
                 *     }
                 */
                "application/json": {
                    /** @enum {string} */
                    level: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
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
                    /**
                     * @example {
                     *       "level": "DEBUG"
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        level: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
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
                    /** @example example */
                    "text/plain": string;
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
                    /**
                     * @example {
                     *       "from": "2026-03-22T00:10:42.831494Z",
                     *       "to": "2026-03-22T00:10:42.831494Z",
                     *       "ingest_latency": {
                     *         "average_ms": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "p95_ms": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "requests": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "daily_p95_ms": [
                     *           {
                     *             "day": "example",
                     *             "p95_ms": 1,
                     *             "requests": 1
                     *           }
                     *         ],
                     *         "trending_up": true
                     *       },
                     *       "errors": {
                     *         "server_error_rate": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "unanswered_rate": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "kinds": [
                     *           {
                     *             "level": "example",
                     *             "logger": "example",
                     *             "message": "login attempt [root/admin] failed",
                     *             "this_week": 1,
                     *             "last_week": 1,
                     *             "new": true
                     *           }
                     *         ]
                     *       },
                     *       "auth": {
                     *         "failures": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "failure_rate": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "spikes": [
                     *           {
                     *             "at": "2026-03-22T00:10:42.831494Z",
                     *             "failures": 1
                     *           }
                     *         ]
                     *       },
                     *       "llm": {
                     *         "availability": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "analyses": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "success_fraction": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         }
                     *       },
                     *       "database_pool": {
                     *         "exhausted": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "peak_use": {
                     *           "example": {
                     *             "peak": 1,
                     *             "max": 1
                     *           }
                     *         },
                     *         "verdict": "example"
                     *       },
                     *       "slos": [
                     *         {
                     *           "name": "cowrie in the office",
                     *           "state": "example",
                     *           "compliance": 1,
                     *           "budget_remaining": 1
                     *         }
                     *       ],
                     *       "operational_alerts": [
                     *         {
                     *           "name": "cowrie in the office",
                     *           "fired": 1
                     *         }
                     *       ],
                     *       "channels": {
                     *         "failed": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "given_up": {
                     *           "this_week": 1,
                     *           "last_week": 1,
                     *           "change": 1
                     *         },
                     *         "failing": [
                     *           {
                     *             "name": "cowrie in the office",
                     *             "type": "example",
                     *             "error": "example"
                     *           }
                     *         ]
                     *       },
                     *       "findings": [
                     *         "example"
                     *       ]
                     *     }
                     */
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
    getSetup: {
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
                    /**
                     * @example {
                     *       "complete": true,
                     *       "steps": [
                     *         {
                     *           "id": "sensor",
                     *           "title": "Connect a sensor",
                     *           "done": true,
                     *           "at": "2026-03-22T00:10:42.831494Z",
                     *           "detail": "A test message was delivered",
                     *           "next": {
                     *             "text": "example",
                     *             "command": "uname -a"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Setup"];
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
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "reasons": [
                     *         "example"
                     *       ],
                     *       "database": true,
                     *       "alert_queue_depth": 1,
                     *       "model_loaded": true,
                     *       "uptime_seconds": 1,
                     *       "version": "0.2.0",
                     *       "demo": true
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
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
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
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
                    /** @example example */
                    "text/plain": string;
                    /** @example example */
                    "application/openmetrics-text": string;
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
