"""Seeing backprop: pictures, a terminal tree, a player, and the zoom from an array to its scalars."""

from autodiff.draw.picture import Picture, draw
from autodiff.draw.play import Player, play
from autodiff.draw.render import NoGraphviz
from autodiff.draw.tree import show
from autodiff.draw.zoom import Zoom, zoom

__all__ = ["NoGraphviz", "Picture", "Player", "Zoom", "draw", "play", "show", "zoom"]
