// A rules document as the editor handles it: plain JSON until the server has validated it.
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Definition = { [key: string]: Json };
