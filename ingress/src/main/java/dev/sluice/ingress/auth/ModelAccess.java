package dev.sluice.ingress.auth;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.auth.AccessSettings.ModelAlias;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.accounts.Account.Organization;
import dev.sluice.schemas.accounts.Account.Team;
import dev.sluice.schemas.accounts.Account.User;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which models a caller may use, and which model a name means. Pure.
 *
 * <p>Aliases are followed once each: the key's, the team's, the router's. At every level a name may
 * be listed as that level sees it, or as that level or the operator translates it; never as a lower
 * level calls it: a key's alias cannot put a name of the team's list on a model that is not in it.
 */
public final class ModelAccess {

    private static final String EVERYTHING = "*";
    private static final String ALL_PROXY_MODELS = "all-proxy-models";
    private static final String ALL_TEAM_MODELS = "all-team-models";
    private static final Set<String> WORDS =
            Set.of(EVERYTHING, ALL_PROXY_MODELS, ALL_TEAM_MODELS, "no-default-models");

    private final Map<String, Set<String>> accessGroups;
    private final Map<String, ModelAlias> modelAliases;

    /** What came of asking. */
    public sealed interface Decision {

        /** He may; {@code model} is the name of the model group that is meant. */
        record Allowed(String model) implements Decision {}

        /** He may not. */
        record Denied(ApiError error) implements Decision {}
    }

    /** Rules with the operator's access groups and aliases. */
    public ModelAccess(AccessSettings settings) {
        this.accessGroups = settings.accessGroups();
        this.modelAliases = settings.modelAliases();
    }

    /** Whether a caller may use the model that he calls by a name. */
    public Decision decide(Caller caller, String requested) {
        KeyAccounts accounts = caller.accounts();
        if (accounts == null) {
            return new Decision.Allowed(real(requested));
        }
        Team team = accounts.team();
        String afterKey = accounts.key().aliases().getOrDefault(requested, requested);
        String afterTeam =
                team == null ? afterKey : team.modelAliases().getOrDefault(afterKey, afterKey);
        String real = real(afterTeam);
        if (!keyGrants(accounts, List.of(requested, afterKey, afterTeam, real))) {
            return denied("key");
        }
        if (team != null && !grants(team.models(), List.of(afterKey, afterTeam, real))) {
            return denied("team");
        }
        User user = accounts.user();
        if (team == null && user != null && !grants(user.models(), List.of(afterKey, real))) {
            return denied("user");
        }
        Organization organization = accounts.organization();
        if (organization != null && !grants(organization.models(), List.of(afterTeam, real))) {
            return denied("org");
        }
        return new Decision.Allowed(real);
    }

    /** Whether a caller may use the model that he calls by a name. */
    public boolean allows(Caller caller, String requested) {
        return decide(caller, requested) instanceof Decision.Allowed;
    }

    /** The model group that a caller means by a name; the name itself where he may not use it. */
    public String group(Caller caller, String requested) {
        return decide(caller, requested) instanceof Decision.Allowed(var model) ? model : requested;
    }

    /** The operator's aliases that callers may see. */
    public List<String> visibleAliases() {
        return modelAliases.entrySet().stream()
                .filter(alias -> !alias.getValue().hidden())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private String real(String name) {
        ModelAlias alias = modelAliases.get(name);
        return alias == null ? name : alias.model();
    }

    private boolean keyGrants(KeyAccounts accounts, List<String> names) {
        List<String> models = accounts.key().models();
        // The team's own list is asked next.
        return (accounts.team() != null && models.contains(ALL_TEAM_MODELS))
                || grants(models, names);
    }

    private boolean grants(List<String> models, List<String> names) {
        if (models.isEmpty()) {
            return true;
        }
        for (String entry : models) {
            for (String name : names) {
                if (grants(entry, name)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean grants(String entry, String name) {
        if (WORDS.contains(entry)) {
            return entry.equals(EVERYTHING) || entry.equals(ALL_PROXY_MODELS);
        }
        return entry.equals(name)
                || accessGroups.getOrDefault(name, Set.of()).contains(entry)
                || (entry.indexOf('*') >= 0 && Glob.matches(entry, name));
    }

    private static Decision denied(String who) {
        return new Decision.Denied(AccessErrors.modelDenied(who));
    }
}
