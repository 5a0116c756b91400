"""Production batches: registration, packing, factory result, and the orders that stop one."""
