package dev.sluice.router.budgets;

import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

import java.util.Map;

/**
 * Bounds the memory of a store. Kafka's defaults allow each 50 MB of cache and 48 MB of writes, and
 * there are some four of them a partition.
 */
public final class SmallRocksDb implements RocksDBConfigSetter {

    private static final long CACHE_BYTES = 4 << 20;
    private static final long WRITE_BUFFER_BYTES = 2 << 20;
    private static final int WRITE_BUFFERS_MAX = 2;

    private @Nullable Cache cache;

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        cache = new LRUCache(CACHE_BYTES);
        if (options.tableFormatConfig() instanceof BlockBasedTableConfig table) {
            options.setTableFormatConfig(
                    table.setBlockCache(cache).setCacheIndexAndFilterBlocks(true));
        }
        options.setWriteBufferSize(WRITE_BUFFER_BYTES);
        options.setMaxWriteBufferNumber(WRITE_BUFFERS_MAX);
    }

    @Override
    public void close(String storeName, Options options) {
        if (cache != null) {
            cache.close();
        }
    }
}
