package dev.sluice.schemas.accounts;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One account on {@code sluice.accounts.v1}: what an ingress must know of it to admit a call, and
 * no more. The record of record is PostgreSQL's.
 *
 * <p>Versions of one account only grow; a reader keeps the greatest. An empty list of models or
 * routes means all. Prices and budgets are in picodollars.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Account.ApiKey.class, name = "key"),
    @JsonSubTypes.Type(value = Account.Team.class, name = "team"),
    @JsonSubTypes.Type(value = Account.User.class, name = "user"),
    @JsonSubTypes.Type(value = Account.Organization.class, name = "organization"),
    @JsonSubTypes.Type(value = Account.Customer.class, name = "customer"),
    @JsonSubTypes.Type(value = Account.Budget.class, name = "budget"),
    @JsonSubTypes.Type(value = Account.Deleted.class, name = "deleted"),
})
public sealed interface Account {

    /** The account's id within its kind. */
    String id();

    /** Grows with every change of this account. */
    long version();

    /** The account's key on the topic: {@code kind:id}. */
    @JsonIgnore
    String recordKey();

    /**
     * A virtual key.
     *
     * @param id SHA-256 of the whole key in hex
     * @param name what may be shown of the key: {@code sk-...abcd}
     * @param expiresAt null: never
     * @param models public names, wildcards, access groups, {@code all-team-models}, ...
     * @param aliases public name to the name that is meant
     * @param allowedRoutes paths, wildcards and names of route groups
     * @param tags that its spend is booked under
     * @param allowedCacheControls empty: all
     * @param disableFallbacks only the model group that is asked for may answer; null, as in older
     *     records, for false
     * @param budgetId a {@link Budget} that holds where {@code limits} says nothing
     */
    record ApiKey(
            String id,
            long version,
            @Nullable String name,
            @Nullable String alias,
            @Nullable String userId,
            @Nullable String teamId,
            @Nullable String organizationId,
            @Nullable Instant expiresAt,
            boolean blocked,
            List<String> models,
            Map<String, String> aliases,
            List<String> allowedRoutes,
            List<String> tags,
            List<String> allowedCacheControls,
            @Nullable Boolean disableFallbacks,
            Limits limits,
            @Nullable String budgetId)
            implements Account {

        public ApiKey {
            models = copyOf(models);
            aliases = copyOf(aliases);
            allowedRoutes = copyOf(allowedRoutes);
            tags = copyOf(tags);
            allowedCacheControls = copyOf(allowedCacheControls);
            limits = Limits.orNone(limits);
        }

        @Override
        public String recordKey() {
            return recordKey(id);
        }

        /** The key on the topic of the virtual key with a hash. */
        public static String recordKey(String hash) {
            return "key:" + hash;
        }
    }

    /**
     * A team; its members share its models, limits and budget.
     *
     * @param modelAliases public name to the name that is meant, after the key's own
     */
    record Team(
            String id,
            long version,
            @Nullable String alias,
            @Nullable String organizationId,
            boolean blocked,
            List<String> models,
            Map<String, String> modelAliases,
            List<String> tags,
            Limits limits,
            @Nullable String budgetId)
            implements Account {

        public Team {
            models = copyOf(models);
            modelAliases = copyOf(modelAliases);
            tags = copyOf(tags);
            limits = Limits.orNone(limits);
        }

        @Override
        public String recordKey() {
            return recordKey(id);
        }

        /** The key on the topic of the team with an id. */
        public static String recordKey(String id) {
            return "team:" + id;
        }
    }

    /** A person or a service account that owns keys and is a member of teams. */
    record User(
            String id,
            long version,
            Role role,
            boolean blocked,
            List<String> models,
            Limits limits,
            @Nullable String budgetId,
            List<Membership> memberships)
            implements Account {

        public User {
            models = copyOf(models);
            limits = Limits.orNone(limits);
            memberships = copyOf(memberships);
        }

        @Override
        public String recordKey() {
            return recordKey(id);
        }

        /** The key on the topic of the user with an id. */
        public static String recordKey(String id) {
            return "user:" + id;
        }

        /** Whether he may manage a team. */
        public boolean isAdminOf(String teamId) {
            return memberships.stream()
                    .anyMatch(member -> member.admin() && member.teamId().equals(teamId));
        }
    }

    /** A user in a team; the limits are the member's own within the team's. */
    record Membership(String teamId, boolean admin, Limits limits) {

        public Membership {
            limits = Limits.orNone(limits);
        }
    }

    /** An organisation; its teams share its models and budget. */
    record Organization(
            String id,
            long version,
            @Nullable String alias,
            List<String> models,
            Limits limits,
            @Nullable String budgetId)
            implements Account {

        public Organization {
            models = copyOf(models);
            limits = Limits.orNone(limits);
        }

        @Override
        public String recordKey() {
            return recordKey(id);
        }

        /** The key on the topic of the organisation with an id. */
        public static String recordKey(String id) {
            return "organization:" + id;
        }
    }

    /**
     * An end user: whom a call names in {@code user}.
     *
     * @param allowedModelRegion {@code eu} or {@code us}, null: any
     * @param defaultModel what a call of his without a model gets
     */
    record Customer(
            String id,
            long version,
            boolean blocked,
            Limits limits,
            @Nullable String budgetId,
            @Nullable String allowedModelRegion,
            @Nullable String defaultModel)
            implements Account {

        public Customer {
            limits = Limits.orNone(limits);
        }

        @Override
        public String recordKey() {
            return recordKey(id);
        }

        /** The key on the topic of the end user with an id. */
        public static String recordKey(String id) {
            return "customer:" + id;
        }
    }

    /** Limits with a name, for many accounts; each account is measured by itself. */
    record Budget(String id, long version, Limits limits) implements Account {

        public Budget {
            limits = Limits.orNone(limits);
        }

        @Override
        public String recordKey() {
            return recordKey(id);
        }

        /** The key on the topic of the budget with an id. */
        public static String recordKey(String id) {
            return "budget:" + id;
        }
    }

    /**
     * An account that is no more. It stays on the topic: without it, an old record that somebody
     * repeats would bring the account back.
     *
     * @param id the record key of the account that it was
     */
    record Deleted(String id, long version) implements Account {

        @Override
        public String recordKey() {
            return id;
        }
    }

    /** What a user may do to others' accounts, in LiteLLM's words. */
    enum Role {
        @JsonProperty("proxy_admin")
        PROXY_ADMIN,
        @JsonProperty("proxy_admin_viewer")
        PROXY_ADMIN_VIEWER,
        @JsonProperty("internal_user")
        INTERNAL_USER,
        @JsonProperty("internal_user_viewer")
        INTERNAL_USER_VIEWER;

        /** LiteLLM's word for it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static <T> List<T> copyOf(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private static Map<String, String> copyOf(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : Map.copyOf(map);
    }
}
