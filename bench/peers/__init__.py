"""Side by side: Penchant, mem0 and LangMem on the same events, queries and models."""
