package dev.sluice.testkit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a {@link PostgresDatabase} to tests: one server for the whole run, a database of its own
 * for each test class, which its nested classes share.
 */
public final class PostgresExtension implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == PostgresDatabase.class;
    }

    @Override
    public PostgresDatabase resolveParameter(ParameterContext parameter, ExtensionContext context) {
        PostgresServer server =
                SharedServers.of(context, PostgresServer.class, PostgresServer::start);
        return context.getRoot()
                .getStore(Namespace.create(PostgresExtension.class))
                .computeIfAbsent(
                        outermost(context.getRequiredTestClass()),
                        _ -> server.freshDatabase(),
                        PostgresDatabase.class);
    }

    private static Class<?> outermost(Class<?> testClass) {
        Class<?> enclosing = testClass.getEnclosingClass();
        return enclosing == null ? testClass : outermost(enclosing);
    }
}
