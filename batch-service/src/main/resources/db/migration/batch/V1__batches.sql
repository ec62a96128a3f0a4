-- Files and batches. PostgreSQL is the queue of record: what is not in here was never promised.

CREATE TABLE batch_files (
    id         text PRIMARY KEY,
    -- The tenant: team:…, user:… or the hash of a key. Nobody else sees it, but admins.
    owner      text        NOT NULL,
    owner_key  text        NOT NULL,
    purpose    text        NOT NULL,
    filename   text        NOT NULL,
    bytes      bigint      NOT NULL CHECK (bytes >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX batch_files_by_owner ON batch_files (owner, created_at, id);
CREATE INDEX batch_files_by_expiry ON batch_files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE batches (
    id                   text PRIMARY KEY,
    owner                text        NOT NULL,
    -- On whose behalf its lines are called: models, limits and budgets of this key apply.
    owner_key            text        NOT NULL,
    endpoint             text        NOT NULL,
    input_file_id        text        NOT NULL,
    completion_window    text        NOT NULL,
    -- validating, in_progress, finalizing, completed, failed, expired, cancelling, cancelled
    status               text        NOT NULL,
    mode                 text        NOT NULL DEFAULT 'auto',
    model                text,
    metadata             text,
    errors               text,
    output_file_id       text,
    error_file_id        text,
    output_expires_after bigint,
    spend_cap_pico       bigint,
    created_at           timestamptz NOT NULL,
    expires_at           timestamptz NOT NULL,
    in_progress_at       timestamptz,
    finalizing_at        timestamptz,
    completed_at         timestamptz,
    failed_at            timestamptz,
    expired_at           timestamptz,
    cancelling_at        timestamptz,
    cancelled_at         timestamptz,
    total                integer     NOT NULL DEFAULT 0,
    completed            integer     NOT NULL DEFAULT 0,
    failed               integer     NOT NULL DEFAULT 0,
    -- Lines that may have been called twice, because who called them died or lost the answer.
    repeated             integer     NOT NULL DEFAULT 0,
    spent_pico           bigint      NOT NULL DEFAULT 0,
    input_tokens         bigint      NOT NULL DEFAULT 0,
    cached_tokens        bigint      NOT NULL DEFAULT 0,
    output_tokens        bigint      NOT NULL DEFAULT 0,
    reasoning_tokens     bigint      NOT NULL DEFAULT 0,
    -- Who validates or writes the output files at the moment, and until when it is his.
    claimed_by           text,
    claimed_until        timestamptz
);
CREATE INDEX batches_by_owner ON batches (owner, created_at, id);
CREATE INDEX batches_unfinished ON batches (status, expires_at)
    WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');

-- Consecutive lines of an input file that are handed out together; gone when each has its outcome.
CREATE TABLE batch_portions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id    text    NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    first_line  integer NOT NULL,
    lines       integer NOT NULL CHECK (lines > 0),
    byte_offset bigint  NOT NULL,
    byte_length integer NOT NULL,
    -- Failures that count, and how often it had to wait for any reason.
    tries       integer NOT NULL DEFAULT 0,
    waits       integer NOT NULL DEFAULT 0,
    not_before  timestamptz,
    released_at timestamptz,
    leased_by   text,
    lease_until timestamptz
);
CREATE INDEX batch_portions_by_batch ON batch_portions (batch_id, id);
CREATE INDEX batch_portions_released ON batch_portions (released_at) WHERE released_at IS NOT NULL;

-- What became of a line. The first outcome of a line stays.
CREATE TABLE batch_outcomes (
    batch_id    text    NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    line        integer NOT NULL,
    succeeded   boolean NOT NULL,
    -- A line of the output or the error file, without its end.
    output      bytea   NOT NULL,
    PRIMARY KEY (batch_id, line)
);

-- Who does what only one may do at a time.
CREATE TABLE batch_duties (
    name       text PRIMARY KEY,
    held_by    text        NOT NULL,
    held_until timestamptz NOT NULL
);
