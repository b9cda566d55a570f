"""How requests reach the gateway over httpx, once for programs that block and once for asyncio."""
