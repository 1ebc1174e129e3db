"""Which master serves?"""
