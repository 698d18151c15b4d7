"""Things to recommend: restaurants, trips, books and gifts, each with features and a text."""

from .loading import Catalogue, Feature, Item, load_catalogue, shipped_catalogues

__all__ = ["Catalogue", "Feature", "Item", "load_catalogue", "shipped_catalogues"]
