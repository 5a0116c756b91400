"""What a phone carries to judge signed labels where there is no signal: products, stops and public keys."""
