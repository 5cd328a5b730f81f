"""A layered drawing of a graph with nested frames, in the five steps of Sugiyama, Tagawa and Toda (1981).

ranks       in which layer each block stands
vertices    a vertex for each block, and one for each layer that an arrow passes
crossings   the order of the vertices in each layer
places      where they stand across the arrows; settling moves them closer
extents     where the layers stand along the arrows; labels and curves are what is drawn between them
spots       where titles and labels stand that something else would pass
page        the layout: the places of everything
"""
