"""The bench of films for the finder of participants: made storytimes of which every frame is known.

    kinds       kinds of shot and the mix            script      which shots each film has
    imaging     pixels: sampling, outlines, planes   stock       the pictures films are made of
    drawn       a stock that is drawn                photographs a stock out of a folder that is given
    compositor  sprites, layers, scenes: frames      rooms       the presenter's side of a film
    tiles       participants' tiles and cards        scenes      one scene for each kind of shot
    films       scripts made into recordings         truth       what each frame shows
    answers     what staff would say of a look       score       a proposal against the truth
    table       the report                           pictured    contact sheets of failures

Only photographs are evidence: drawn films test the bench itself.
"""
