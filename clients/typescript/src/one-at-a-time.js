/** Runs work of the same key one after the other, in the order of the calls. */
export class OneAtATime {
    #last = new Map();
    async run(key, work) {
        const before = this.#last.get(key);
        const mine = (before ?? Promise.resolve()).then(work, work);
        this.#last.set(key, mine);
        try {
            return await mine;
        }
        finally {
            if (this.#last.get(key) === mine)
                this.#last.delete(key);
        }
    }
}
