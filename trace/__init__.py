"""The domain: products, batches, codes, custody, inspection and the answer. Knows no HTTP and no images."""
